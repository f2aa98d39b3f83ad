import { useWords } from '../../kit/words';
import type { State } from './api';
import { words } from './words';

const TONES: Readonly<Record<State, string>> = { reading: 'blue', deciding: 'blue', staged: 'purple', publishing: 'blue', published: 'green', undoing: 'blue', undone: 'grey', cancelled: 'grey', failed: 'red' };

/** A run's state by its word, with colour and shape. */
export function StateTag({ state }: { state: State }) {
  const t = useWords(words);
  return (
    <span className="tag" data-tone={TONES[state]}>
      {t(`state.${state}`)}
    </span>
  );
}

/** Whether the server is at work on a run in this state. */
export function busy(state: State): boolean {
  return state === 'reading' || state === 'deciding' || state === 'publishing' || state === 'undoing';
}

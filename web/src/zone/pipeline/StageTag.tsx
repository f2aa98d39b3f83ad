import { useWords } from '../../kit/words';
import { CHAIN, type Stage } from './api';
import { words } from './words';

/** The status colour of a stage. */
export function toneOf(stage: Stage): 'grey' | 'blue' | 'green' | 'amber' | 'red' | 'purple' {
  if (stage === 'shelved') return 'amber';
  if (stage === 'lost' || stage === 'terminated') return 'grey';
  if (stage === 'effective' || stage === 'producing') return 'green';
  return stage === 'lead' ? 'grey' : 'blue';
}

/** A stage by its word, with colour and shape. */
export function StageTag({ stage }: { stage: Stage }) {
  const t = useWords(words);
  return (
    <span className="tag" data-tone={toneOf(stage)}>
      {t.maybe('stage.', stage)}
    </span>
  );
}

/** The place of a stage in the chain, −1 beside it. */
export function rankOf(stage: Stage | ''): number {
  return (CHAIN as readonly string[]).indexOf(stage);
}

import { useWords } from '../../kit/words';
import type { Task } from './api';
import { words } from './words';

const TONES: Readonly<Record<string, 'grey' | 'blue' | 'green' | 'amber' | 'red' | 'purple'>> = { open: 'grey', submitted: 'purple', objected: 'amber', accepted: 'green', cancelled: 'grey', upcoming: 'grey', running: 'blue', expired: 'amber', closed: 'grey' };

/** How a contract task or a contract stands, in a word with colour and shape. */
export function StateTag({ state }: { state: string }) {
  const t = useWords(words);
  return (
    <span className="tag" data-tone={TONES[state] ?? 'grey'}>
      {t.maybe('state.', state)}
    </span>
  );
}

/** How a contract task stands; one that is owed and past its day is late. */
export function TaskTag({ task }: { task: Pick<Task, 'state' | 'late'> }) {
  const t = useWords(words);
  if (!task.late) return <StateTag state={task.state} />;
  return (
    <span className="tag" data-tone="red">
      {t('task.late', { state: t.maybe('state.', task.state) })}
    </span>
  );
}

import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { pageOf } from '../../infra/journal/object';
import { useWords } from '../../kit/words';
import type { Task } from './api';
import { words } from './words';

const TONES: Readonly<Record<string, string>> = { open: 'blue', offered: 'purple', accepted: 'blue', returned: 'amber', done: 'green', cancelled: 'grey' };

/** The state of a task: a word and a colour. */
export function TaskState({ task }: { task: Pick<Task, 'state'> }) {
  const t = useWords(words);
  return (
    <span className="tag" data-tone={TONES[task.state]}>
      {t.maybe('state.', task.state)}
    </span>
  );
}

/** When a task is due and how long that is: 还剩 3 个工作日. */
export function Due({ task }: { task: Task }) {
  const t = useWords(words);
  const closed = task.state === 'done' || task.state === 'cancelled';
  return (
    <span title={task.days_provisional ? t('provisional') : undefined}>
      <span className="figure">{task.due_on}</span>
      {!closed && <span className={task.late ? 'bad' : 'muted'}> {daysLeft(t, task.days_left, task.late)}</span>}
      {!closed && task.days_provisional && <span className="muted">{t('provisional.mark')}</span>}
      {task.state === 'done' && task.late && <span className="warn"> {t('done.late')}</span>}
    </span>
  );
}

type Say = ReturnType<typeof useWords<keyof typeof words.zh>>;

/** Working days left, in words. */
export function daysLeft(t: Say, days: number, late: boolean): string {
  if (late) return days < 0 ? t('late.days', { n: -days }) : t('late');
  return days === 0 ? t('due.today') : t('left.days', { n: days });
}

/** Who is responsible; somebody who left is told as such. */
export function Owner({ task }: { task: Task }): ReactNode {
  const t = useWords(words);
  return (
    <>
      {task.unit_name || task.unit}
      <div className="muted small">
        {task.owner ? task.owner_name || task.owner : t('owner.none')}
        {task.owner_left && <span className="bad"> · {t('owner.left')}</span>}
      </div>
    </>
  );
}

/** What a task is about, with a link to its page. */
export function Subject({ object, title }: { object: string; title: string }) {
  const to = pageOf(object);
  if (!object) return null;
  return to ? <Link to={to}>{title || object}</Link> : <span>{title || object}</span>;
}

import { dayOf } from '../../kit/when';
import { useWords } from '../../kit/words';
import type { Project } from './api';
import { dueState } from './board';
import { words } from './words';

/** When the current span should end, judged today or on the day it is shown as of: late, soon or provisional, by word and shape; nothing when no limit runs. */
export function DueMark({ project }: { project: Pick<Project, 'due_on' | 'due_provisional' | 'stage' | 'as_of'> }) {
  const t = useWords(words);
  const due = dueState(project, project.as_of || dayOf(Date.now()));
  if (!due) return null;
  const tone = due.state === 'late' ? 'red' : due.state === 'soon' ? 'amber' : due.state === 'provisional' ? 'purple' : 'grey';
  return (
    <span className="tag" data-tone={tone} title={t('due.on', { day: project.due_on })}>
      {due.state === 'soon' && due.days === 0 ? t('due.today') : t(`due.${due.state}`, { n: Math.abs(due.days) })}
    </span>
  );
}

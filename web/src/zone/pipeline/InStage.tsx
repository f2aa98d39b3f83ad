import { useKit } from '../../kit/locale';
import { dayOf, daysBetween, daysText } from '../../kit/when';
import { useLang } from '../../kit/words';
import type { Project } from './api';

/** How long a project has been in its stage, today or on the day it is shown as of; the date on hover. */
export function InStage({ project }: { project: Pick<Project, 'stage_since' | 'as_of'> }) {
  const k = useKit();
  const lang = useLang();
  const days = daysBetween(project.stage_since, project.as_of || dayOf(Date.now()));
  return days === null ? <span className="muted">{k('unknown.value')}</span> : <span title={project.stage_since}>{daysText(days, lang)}</span>;
}

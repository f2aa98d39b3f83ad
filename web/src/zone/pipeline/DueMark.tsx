import { useWorkingDays } from '../../infra/calendar/known';
import { yearsBetween } from '../../infra/calendar/workdays';
import { dayOf } from '../../kit/when';
import { useWords } from '../../kit/words';
import type { Project } from './api';
import { words as clocks } from './clock/words';
import { type Dated, type Due, dueOf, dueText, unitOf } from './clock/due';
import { trackOf, useTrackList } from './tracks';
import { words } from './words';

/** How a project stands to its limit, today or on the day it is shown as of, and what is said of it; undefined when no limit runs. */
export function useDue(project: Dated & Pick<Project, 'track'>): { due: Due; text: string } | undefined {
  const t = useWords(clocks);
  const unit = unitOf(project, trackOf(useTrackList(), project.track));
  const today = project.as_of || dayOf(Date.now());
  const counts = unit === 'working_day' && project.due_on && !project.due_provisional;
  const due = dueOf(project, today, unit, useWorkingDays(counts ? yearsBetween(today, project.due_on) : []));
  return due ? { due, text: dueText(due, project.due_on, t) } : undefined;
}

/** When the current span should end: late, soon or provisional, by word and shape; nothing when no limit runs. */
export function DueMark({ project }: { project: Dated & Pick<Project, 'track'> }) {
  const t = useWords(words);
  const told = useDue(project);
  if (!told) return null;
  const { state } = told.due;
  const tone = state === 'late' ? 'red' : state === 'soon' ? 'amber' : state === 'provisional' ? 'purple' : 'grey';
  return (
    <span className="tag" data-tone={tone} title={t('due.on', { day: project.due_on })}>
      {told.text}
    </span>
  );
}

import { dayNumber, daysText } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import type { CSSProperties } from 'react';
import type { Milestone, Project } from './api';
import { latestOf } from './milestones';
import { rankOf } from './StageTag';
import { slots, trackOf, useStageName, useTrackList } from './tracks';
import { words } from './words';

/** The project's track with where it stands, when each stage was reached and how long it took; stages that do not apply say so. */
export function StageStrip({ project, milestones, today }: { project: Project; milestones: readonly Milestone[]; today: string }) {
  const t = useWords(words);
  const lang = useLang();
  const beside = rankOf(project.stage) < 0;
  const name = useStageName();
  const at = beside ? project.prior : project.stage;
  const all = slots(trackOf(useTrackList(), project.track), at);
  const standing = all.findIndex((s) => s.stage === at);
  const reached = all.map(({ stage, why }, i) => {
    if (i > standing || why) return '';
    return latestOf(milestones, stage, 'actual')?.on ?? (i === standing && !beside ? project.stage_since : '');
  });
  return (
    <ol className="stages" aria-label={t('strip')} style={{ '--n': all.length } as CSSProperties}>
      {all.map(({ stage, why }, i) => {
        if (why) return <Absent key={stage} name={name(stage)} why={why[lang]} />;
        const state = i < standing ? 'done' : i === standing ? (beside ? 'halted' : 'now') : 'ahead';
        const on = reached[i] ?? '';
        const until = i < standing ? reached.slice(i + 1, standing + 1).find(Boolean) : i === standing && !beside ? today : undefined;
        const from = dayNumber(on);
        const end = until ? dayNumber(until) : null;
        const days = from !== null && end !== null && end >= from ? end - from : null;
        return (
          <li key={stage} data-state={state} aria-current={i === standing ? 'step' : undefined}>
            <span className="name">{name(stage, project.track)}</span>
            <span className="muted small figure">{on || (i <= standing ? t('date.unknown') : '')}</span>
            <span className="small figure">{days === null ? '' : i === standing ? t('strip.so.far', { days: daysText(days, lang) }) : daysText(days, lang)}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** The place of a stage that does not apply. */
export function Absent({ name, why }: { name: string; why: string }) {
  const t = useWords(words);
  return (
    <li data-state="none" title={why}>
      <span className="name">{name}</span>
      <span className="muted small">{t('not.applicable')}</span>
    </li>
  );
}

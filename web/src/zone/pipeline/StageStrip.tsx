import { dayNumber, daysText } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { CHAIN, type Milestone, type Project } from './api';
import { latestOf } from './milestones';
import { rankOf } from './StageTag';
import { words } from './words';

/** The chain with where the project stands, when each stage was reached and how long it took. */
export function StageStrip({ project, milestones, today }: { project: Project; milestones: readonly Milestone[]; today: string }) {
  const t = useWords(words);
  const lang = useLang();
  const beside = rankOf(project.stage) < 0;
  const standing = rankOf(beside ? project.prior : project.stage);
  const reached = CHAIN.map((stage, i) => {
    if (i > standing) return '';
    return latestOf(milestones, stage, 'actual')?.on ?? (i === standing && !beside ? project.stage_since : '');
  });
  return (
    <ol className="stages" aria-label={t('strip')}>
      {CHAIN.map((stage, i) => {
        const state = i < standing ? 'done' : i === standing ? (beside ? 'halted' : 'now') : 'ahead';
        const on = reached[i] ?? '';
        const until = i < standing ? reached.slice(i + 1, standing + 1).find(Boolean) : i === standing && !beside ? today : undefined;
        const from = dayNumber(on);
        const end = until ? dayNumber(until) : null;
        const days = from !== null && end !== null && end >= from ? end - from : null;
        return (
          <li key={stage} data-state={state} aria-current={i === standing ? 'step' : undefined}>
            <span className="name">{t(`stage.${stage}`)}</span>
            <span className="muted small figure">{on || (i <= standing ? t('date.unknown') : '')}</span>
            <span className="small figure">{days === null ? '' : i === standing ? t('strip.so.far', { days: daysText(days, lang) }) : daysText(days, lang)}</span>
          </li>
        );
      })}
    </ol>
  );
}

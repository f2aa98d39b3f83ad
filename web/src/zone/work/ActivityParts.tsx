import { useWords } from '../../kit/words';
import type { Activity } from './api';
import { daysLeft } from './TaskParts';
import { words } from './words';

const TONES: Readonly<Record<string, string>> = { planned: 'purple', held: 'green', cancelled: 'grey' };

/** The state of an activity: a word and a colour. */
export function ActivityState({ activity: a }: { activity: Activity }) {
  const t = useWords(words);
  return (
    <span className="tag" data-tone={TONES[a.status]}>
      {t.maybe('status.', a.status)}
    </span>
  );
}

/** How it stands with the minutes: owed, in time, late. */
export function MinutesState({ activity: a }: { activity: Activity }) {
  const t = useWords(words);
  if (a.status === 'cancelled') return <span className="muted">—</span>;
  if (a.status !== 'held') return <span className="muted">{t('minutes.later')}</span>;
  if (a.minutes_at) {
    return (
      <span title={a.minutes_on}>
        {t('minutes.filed')} {a.minutes_late && <span className="warn">{t('minutes.filed.late', { due: a.minutes_due })}</span>}
      </span>
    );
  }
  return (
    <span title={a.days_provisional ? t('provisional') : a.minutes_due} className={a.minutes_late ? 'bad' : 'warn'}>
      {t('minutes.owed')} {daysLeft(t, a.minutes_days_left, a.minutes_late)}
      {a.days_provisional && <span className="muted">{t('provisional.mark')}</span>}
    </span>
  );
}

/** The day or days of an activity. */
export function Days({ activity: a }: { activity: Activity }) {
  return <span className="figure">{a.end_on ? `${a.on_date} – ${a.end_on}` : a.on_date}</span>;
}

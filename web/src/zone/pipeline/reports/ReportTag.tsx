import { Day } from '../../../kit/figures';
import { useWords } from '../../../kit/words';
import type { Report } from './api';
import { words } from './words';

const TONES: Readonly<Record<Report['status'], string>> = { active: 'blue', extended: 'blue', contested: 'purple', expired: 'grey', released: 'grey', converted: 'green', overruled: 'red' };

/** A report's state by its word, with colour and shape. */
export function ReportTag({ status }: { status: Report['status'] }) {
  const t = useWords(words);
  return (
    <span className="tag" data-tone={TONES[status]}>
      {t.maybe('state.', status)}
    </span>
  );
}

/** How the firm of a report is known. */
export function numberOf(r: Report): string {
  return r.credit_code || r.lei || (r.foreign_reg_no ? `${r.country} ${r.foreign_reg_no}` : '');
}

/** The last protected day and how long it is to it. */
export function Until({ report: r }: { report: Report }) {
  const t = useWords(words);
  if (r.status === 'contested') return <span className="muted">{t('until.contested')}</span>;
  const live = r.status === 'active' || r.status === 'extended';
  return (
    <span>
      <Day on={r.protected_until} /> {live && <span className={r.days_left <= 7 ? 'warn' : 'muted'}>{t('days.left', { n: r.days_left })}</span>}
    </span>
  );
}

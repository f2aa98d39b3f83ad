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

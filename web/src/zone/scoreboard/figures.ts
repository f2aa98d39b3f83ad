import type { Value } from './api';

/** "0.1628" as "16.3%", rounded half up without floating point. */
export function percent(ratio: string): string {
  const [whole = '0', part = ''] = ratio.split('.');
  const tenths = (BigInt(whole + part.padEnd(4, '0').slice(0, 4)) + 5n) / 10n; // of a percent
  return `${tenths / 10n}.${tenths % 10n}%`;
}

/** "0.1628" as "0.16": a ratio of two different things is no percentage. */
export function decimal(ratio: string): string {
  const [whole = '0', part = ''] = ratio.split('.');
  const hundredths = (BigInt(whole + part.padEnd(4, '0').slice(0, 4)) + 50n) / 100n;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, '0')}`;
}

/** Whether a ratio of this kind is a share of a whole. */
export function isShare(kind: string): boolean {
  return ['cohort_rate', 'cohort_share', 'cohort_money', 'share'].includes(kind);
}

/** "k/n" of a value, "" where it has no n. */
export function ofN(value: Value): string {
  if (value.denominator === undefined) return '';
  return `${value.numerator ?? 0}/${value.denominator}`;
}

/** Rows as CSV with a byte order mark; a cell a spreadsheet would run as a formula gets an apostrophe. */
export function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (v: string | number) => {
    const text = typeof v === 'string' && /^[=+\-@\t\r]/.test(v) && Number.isNaN(Number(v)) ? `'${v}` : String(v);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return '\uFEFF' + rows.map((r) => r.map(cell).join(',')).join('\r\n') + '\r\n';
}

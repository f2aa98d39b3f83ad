import { dayNumber } from '../../kit/when';

interface Payment {
  on: string;
  amount: { minor: number; currency: string };
  voided_at: number;
}

interface Revision {
  measure: string;
  kind: string;
  effective_on: string;
  amount: number;
  currency: string;
  taken_back: boolean;
  seq: number;
}

/** The two stepped lines of paid-in funds and contract, in a field of 560 × 110; undefined when there is nothing to compare. */
export function paidPlot(payments: readonly Payment[], figures: readonly Revision[]) {
  const contracts = figures.filter((f) => f.measure === 'total_investment' && f.kind === 'promised' && !f.taken_back).toSorted((a, b) => a.effective_on.localeCompare(b.effective_on) || a.seq - b.seq);
  const now = contracts.at(-1);
  if (!now) return undefined;
  const live = payments.filter((p) => !p.voided_at && p.amount.currency === now.currency).toSorted((a, b) => a.on.localeCompare(b.on));
  const revisions = contracts.filter((f) => f.currency === now.currency);
  const days = [...live.map((p) => p.on), ...revisions.map((f) => f.effective_on)].toSorted();
  const [from = '', until = ''] = [days[0], days.at(-1)];
  const [start, end] = [dayNumber(from), dayNumber(until)];
  if (live.length === 0 || start === null || end === null) return undefined;
  const top = Math.max(...revisions.map((f) => f.amount), live.reduce((sum, p) => sum + p.amount.minor, 0), 1);
  const x = (day: string) => Math.round((((dayNumber(day) ?? start) - start) / Math.max(1, end - start)) * 560);
  const y = (minor: number) => Math.round(110 - (minor / top) * 95);
  let sum = 0;
  let paidPath = `M0 ${y(0)}`;
  for (const p of live) {
    sum += p.amount.minor;
    paidPath += ` H${x(p.on)} V${y(sum)}`;
  }
  let contractPath = '';
  for (const f of revisions) contractPath += contractPath ? ` H${x(f.effective_on)} V${y(f.amount)}` : `M${x(f.effective_on)} ${y(f.amount)}`;
  return { from, until, currency: now.currency, paid: sum, contract: now.amount, contractY: y(now.amount), paidPath: paidPath + ' H560', contractPath: contractPath + ' H560' };
}

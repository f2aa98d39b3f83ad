import { inputFigure, parseFigure, shortMoney } from '../../kit/money';
import type { Lang, Say } from '../../kit/words';
import type { Definition, Standing } from './api';
import { decimal, isShare, percent } from './figures';
import type { words } from './words';

type Sayer = Say<Extract<keyof typeof words.zh, string>>;
type Parameter = NonNullable<Definition['parameters']>[number];

/** A parameter's value, or its values, as read. */
export function parameter(p: Parameter, t: Sayer, lang: Lang): string {
  const one = (value: number) => (p.unit === 'CNY_fen' ? shortMoney({ minor: value, currency: 'CNY' }, lang) : p.unit === 'permille' ? `${value / 10}%` : t(`unit.${p.unit}`, { n: value }));
  return p.values?.length ? p.values.map(one).join(t('list.join')) : one(p.value ?? 0);
}

/** A target as read, in the unit its figure has. */
export function aimed(target: number, unit: string, kind: string, t: Sayer, lang: Lang): string {
  switch (unit) {
    case 'CNY_fen':
      return shortMoney({ minor: target, currency: 'CNY' }, lang);
    case 'day':
      return t('unit.day', { n: target });
    case 'permille':
      return isShare(kind) ? percent((target / 1000).toFixed(4)) : decimal((target / 1000).toFixed(4));
  }
  return String(target);
}

/** The part of a target for the year that is due by the last day counted, as read. */
export function dueOf(s: Standing, lang: Lang): string {
  if (!s.due) return '';
  return s.unit === 'CNY_fen' ? shortMoney({ minor: Math.round(Number(s.due)), currency: 'CNY' }, lang) : s.due;
}

/** What stands in a field for a number kept in unit: yuan with 万 or 亿 where that is exact, percent for thousandths. */
export function typed(value: number, unit: string, share = true): string {
  if (unit === 'permille') return String(share ? value / 10 : value / 1000);
  if (unit !== 'CNY_fen') return String(value);
  for (const [fen, name] of [[1e10, '亿'], [1e6, '万']] as const) if (value > 0 && value % fen === 0) return `${value / fen}${name}`;
  return inputFigure({ minor: value, currency: 'CNY' });
}

/** Reads what typed writes; null when it is no such number. */
export function read(text: string, unit: string, share = true): number | null {
  if (unit === 'CNY_fen') {
    const fen = parseFigure(text, 'CNY');
    return fen === null || fen > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(fen);
  }
  const plain = text.trim().replace(/%$/, '');
  if (!/^\d+(\.\d+)?$/.test(plain)) return null;
  const value = Number(plain) * (unit === 'permille' ? (share ? 10 : 1000) : 1);
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-6 ? whole : null; // finer than is kept
}

/** Several numbers with commas or spaces between. */
export function readAll(text: string, unit: string): number[] | null {
  const all = text.split(/[,，、;；\s]+/).filter(Boolean).map((part) => read(part, unit));
  return all.length > 0 && all.every((n) => n !== null) ? all : null;
}

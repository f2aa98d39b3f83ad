import type { Lang } from './words';

/** An amount in the currency's smallest unit (分 for CNY). */
export interface Amount {
  minor: number | string | bigint;
  currency: string;
}

/** Digits after the point, ISO 4217, where they are not two. */
const EXPONENTS: Readonly<Record<string, number>> = { JPY: 0, KRW: 0, VND: 0, CLP: 0, ISK: 0, XAF: 0, XOF: 0, XPF: 0, UGX: 0, PYG: 0, RWF: 0, KMF: 0, GNF: 0, DJF: 0, BIF: 0, VUV: 0, BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3 };

const NAMES_ZH: Readonly<Record<string, string>> = { CNY: '元', USD: '美元', EUR: '欧元', JPY: '日元', GBP: '英镑', HKD: '港元', KRW: '韩元', TWD: '新台币', SGD: '新加坡元', RUB: '卢布', AUD: '澳元', CAD: '加元', CHF: '瑞士法郎' };

/** Digits after the decimal point of currency. */
export function exponentOf(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

/** The currency's name as read after a figure in Chinese, the code where we know none. */
export function currencyName(currency: string, lang: Lang): string {
  return lang === 'zh' ? (NAMES_ZH[currency] ?? ' ' + currency) : currency;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** The exact figure: 1,234,567.00. */
export function exactFigure(amount: Amount): string {
  const exponent = exponentOf(amount.currency);
  const minor = BigInt(amount.minor);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  const whole = grouped(digits.slice(0, digits.length - exponent));
  const part = exponent > 0 ? '.' + digits.slice(digits.length - exponent) : '';
  return (minor < 0n ? '−' : '') + whole + part;
}

/** The exact amount with its currency. */
export function exactMoney(amount: Amount, lang: Lang): string {
  return lang === 'zh' ? exactFigure(amount) + currencyName(amount.currency, lang) : `${amount.currency} ${exactFigure(amount)}`;
}

/** minor ÷ unit with one decimal, half away from zero. */
function oneDecimal(minor: bigint, unit: bigint): string {
  const tenths = (minor * 10n + unit / 2n) / unit;
  return `${grouped((tenths / 10n).toString())}.${tenths % 10n}`;
}

/**
 * The amount by size: 万元 or 亿元, in English million or billion, one decimal;
 * smaller amounts exactly. An amount that would round up to the next unit is
 * told in that unit.
 */
export function shortMoney(amount: Amount, lang: Lang): string {
  const minor = BigInt(amount.minor);
  const size = minor < 0n ? -minor : minor;
  const one = 10n ** BigInt(exponentOf(amount.currency));
  const sign = minor < 0n ? '−' : '';
  const [small, large] = lang === 'zh' ? [one * 10_000n, one * 100_000_000n] : [one * 1_000_000n, one * 1_000_000_000n];
  const name = currencyName(amount.currency, lang);
  if (size < small) return exactMoney(amount, lang);
  const big = (size * 10n + small / 2n) / small >= (large * 10n) / small; // would round up to the large unit
  if (lang === 'zh') return sign + (big ? oneDecimal(size, large) + '亿' : oneDecimal(size, small) + '万') + name;
  return `${sign}${name} ${big ? oneDecimal(size, large) + ' billion' : oneDecimal(size, small) + ' million'}`;
}

/** The decimal text of an amount, without grouping, for an input field: 1234.50 → "1234.5". */
export function inputFigure(amount: Amount): string {
  const text = exactFigure(amount).replaceAll(',', '').replace('−', '-');
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/**
 * Reads an exact decimal ("1,234.5", also with 万 or 亿 behind it) as minor
 * units; null when it is no amount or finer than the currency allows.
 */
export function parseFigure(text: string, currency: string): bigint | null {
  const match = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s*([万亿]?)$/.exec(text.trim());
  if (!match) return null;
  const [, whole = '', part = '', unit = ''] = match;
  const shift = exponentOf(currency) + (unit === '万' ? 4 : unit === '亿' ? 8 : 0);
  const kept = part.slice(0, shift);
  if (/[1-9]/.test(part.slice(shift))) return null;
  const minor = BigInt(whole.replaceAll(',', '') + kept.padEnd(shift, '0'));
  return minor <= 10n ** 17n ? minor : null;
}

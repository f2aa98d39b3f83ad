import type { Lang } from './words';

const DAY = 86_400_000;
/** China Standard Time has had no other offset since 1991; every date here is told in it. */
const CHINA = 8 * 3_600_000;

/** The calendar day in China of an instant (ms UTC): 2026-11-23. */
export function dayOf(ms: number): string {
  return new Date(ms + CHINA).toISOString().slice(0, 10);
}

/** Day and minute in China: 2026-11-23 09:15. */
export function minuteOf(ms: number): string {
  return new Date(ms + CHINA).toISOString().slice(0, 16).replace('T', ' ');
}

/** Day and second in China: 2026-11-23 09:15:07. */
export function secondOf(ms: number): string {
  return new Date(ms + CHINA).toISOString().slice(0, 19).replace('T', ' ');
}

/** Days since 1970 of a calendar day, null when it is not one. */
export function dayNumber(day: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const ms = Date.parse(day + 'T00:00:00Z');
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== day ? null : ms / DAY;
}

/** Whole days from one calendar day to another, null when either is unknown. */
export function daysBetween(from: string, until: string): number | null {
  const a = dayNumber(from);
  const b = dayNumber(until);
  return a === null || b === null ? null : b - a;
}

/** Whole days between two instants, never below zero. */
export function daysSince(ms: number, now: number): number {
  return Math.max(0, Math.floor((now - ms) / DAY));
}

/** A length of time in days, in words: 12 天 / 12 days; from 2 years on in years. */
export function daysText(days: number, lang: Lang): string {
  if (days >= 730) {
    const years = (days / 365.25).toFixed(1);
    return lang === 'zh' ? `${years} 年` : `${years} years`;
  }
  return lang === 'zh' ? `${days} 天` : days === 1 ? '1 day' : `${days} days`;
}

/** Seconds left, in words of one or two units. */
export function secondsText(seconds: number, lang: Lang): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return lang === 'zh' ? `${s} 秒` : `${s} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return lang === 'zh' ? `${minutes} 分 ${s % 60} 秒` : `${minutes} min ${s % 60} s`;
  return lang === 'zh' ? `${Math.floor(minutes / 60)} 小时 ${minutes % 60} 分` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

import { describe, expect, it } from 'vitest';
import { dayNumber, dayOf, daysBetween, daysText, minuteOf, secondOf, secondsText } from './when';

describe('times in China', () => {
  it('tells the day, minute and second eight hours ahead of UTC', () => {
    const at = Date.parse('2026-11-22T16:00:00Z');
    expect([dayOf(at - 1), dayOf(at)]).toEqual(['2026-11-22', '2026-11-23']);
    expect(minuteOf(at)).toBe('2026-11-23 00:00');
    expect(secondOf(at + 7_000)).toBe('2026-11-23 00:00:07');
  });
});

describe('calendar days', () => {
  it('counts between days and knows what is no day', () => {
    expect(daysBetween('2024-02-28', '2024-03-01')).toBe(2);
    expect(daysBetween('2026-11-23', '2026-11-20')).toBe(-3);
    expect(daysBetween('', '2026-11-20')).toBeNull();
    expect([dayNumber('2025-02-29'), dayNumber('2025-13-01'), dayNumber('2025-1-1')]).toEqual([null, null, null]);
  });

  it('says lengths of time', () => {
    expect([daysText(0, 'zh'), daysText(1, 'en'), daysText(12, 'en'), daysText(731, 'zh')]).toEqual(['0 天', '1 day', '12 days', '2.0 年']);
    expect([secondsText(59, 'zh'), secondsText(61, 'en'), secondsText(3_720, 'zh')]).toEqual(['59 秒', '1 min 1 s', '1 小时 2 分']);
  });
});

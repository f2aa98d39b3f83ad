import { describe, expect, it } from 'vitest';
import { exactMoney, inputFigure, parseFigure, shortMoney } from './money';

const cny = (minor: number | string) => ({ minor, currency: 'CNY' });

describe('shortMoney', () => {
  it.each([
    [cny(0), '0.00元', 'CNY 0.00'],
    [cny(999_999), '9,999.99元', 'CNY 9,999.99'],
    [cny(1_000_000), '1.0万元', 'CNY 10,000.00'],
    [cny(12_345_600), '12.3万元', 'CNY 123,456.00'],
    [cny(350_000_000_0), '3,500.0万元', 'CNY 35.0 million'],
    [cny(12_000_000_000), '1.2亿元', 'CNY 120.0 million'],
    [cny(-12_000_000_000), '−1.2亿元', '−CNY 120.0 million'],
    [{ minor: 60_000_000_00, currency: 'USD' }, '6,000.0万美元', 'USD 60.0 million'],
    [{ minor: 5_000_000_000, currency: 'JPY' }, '50.0亿日元', 'JPY 5.0 billion'],
    [{ minor: 1_234_567, currency: 'KWD' }, '1,234.567 KWD', 'KWD 1,234.567'],
  ])('%j', (amount, zh, en) => {
    expect(shortMoney(amount, 'zh')).toBe(zh);
    expect(shortMoney(amount, 'en')).toBe(en);
  });

  it('tells an amount that would round up to the next unit in that unit', () => {
    expect(shortMoney(cny(999_994_999_999), 'zh')).toBe('100.0亿元');
    expect(shortMoney(cny(9_999_949_999), 'zh')).toBe('9,999.9万元');
    expect(shortMoney(cny(9_999_950_000), 'zh')).toBe('1.0亿元');
    expect(shortMoney(cny(99_994_999_999), 'en')).toBe('CNY 999.9 million');
    expect(shortMoney(cny(99_995_000_000), 'en')).toBe('CNY 1.0 billion');
  });

  it('stays exact beyond what a number holds', () => {
    expect(exactMoney(cny('99999999999999999'), 'zh')).toBe('999,999,999,999,999.99元');
  });
});

describe('parseFigure', () => {
  it.each([
    ['1,234.56', 'CNY', 123_456n],
    ['3500万', 'CNY', 3_500_000_000n],
    ['1.2亿', 'CNY', 12_000_000_000n],
    ['1.23456亿', 'CNY', 12_345_600_000n],
    ['60000000', 'USD', 6_000_000_000n],
    ['100', 'JPY', 100n],
    [' 7 ', 'CNY', 700n],
  ])('reads %s %s', (text, currency, minor) => expect(parseFigure(text, currency)).toBe(minor));

  it.each([['0.001', 'CNY'], ['1.5', 'JPY'], ['12,34', 'CNY'], ['1e6', 'CNY'], ['约3亿', 'CNY'], ['-5', 'CNY'], ['', 'CNY'], ['99999999999999999999', 'CNY']])('refuses %s %s', (text, currency) => expect(parseFigure(text, currency)).toBeNull());

  it('is the inverse of what a field is filled with', () => {
    for (const minor of [0, 1, 10, 100, 123_456, 12_000_000_000]) expect(parseFigure(inputFigure(cny(minor)), 'CNY')).toBe(BigInt(minor));
  });
});

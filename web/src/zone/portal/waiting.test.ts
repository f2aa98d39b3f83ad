import { expect, it } from 'vitest';
import { sayer } from '../../kit/words';
import { missingText, waitsText } from './waiting';
import { words } from './words';

const zh = sayer(words, 'zh');
const item = (label: string, met = false) => ({ stage: 'signed', kind: 'evidence', id: label, label, met, hint_field: '', source: '' });

it('names what is missing, at most three', () => {
  expect(missingText({ next: 'signed', gate: [item('合同'), item('尽调', true)] }, zh)).toBe('还缺 1 项：合同');
  expect(missingText({ next: 'signed', gate: ['甲', '乙', '丙', '丁'].map((l) => item(l)) }, zh)).toBe('还缺 4 项：甲、乙、丙…');
  expect(missingText({ next: 'signed', gate: [item('合同', true)] }, zh)).toBe('要件已齐，可以推进');
  expect(missingText({ next: '', gate: null }, zh)).toBe('');
});

it('names whom it waits for', () => {
  expect(waitsText({ waits_on: 'owner', owner_name: '演示专员', unit_name: '招商一局' }, zh)).toBe('等 演示专员 · 招商一局');
  expect(waitsText({ waits_on: 'owner', owner_name: '', unit_name: '招商一局' }, zh)).toBe('等责任人（未指定）');
  expect(waitsText({ waits_on: 'department_lead', owner_name: '', unit_name: '招商一局' }, zh)).toBe('等部门负责人签署（招商一局）');
  expect(waitsText({ waits_on: '', owner_name: '', unit_name: '' }, zh)).toBe('');
});

import { dayNumber } from '../../kit/when';
import { CHAIN, type Milestone, type Project } from './api';
import { mainOf } from './board';

/** The kinds of date a bar shows, in the order they are drawn. */
export const GANTT_KINDS = ['planned', 'forecast', 'actual'] as const;

/** One date on a project's line. */
export interface Mark {
  stage: string;
  kind: (typeof GANTT_KINDS)[number];
  on: string;
  day: number;
}

/** One project's line: its dates in order, and what has been covered and what lies ahead. */
export interface Line {
  project: Project;
  marks: Mark[];
  /** From the first actual date to the last, or to today while it goes on. */
  done: [number, number] | null;
  /** From there to the last planned or forecast date. */
  ahead: [number, number] | null;
  due: number | null;
}

/** The line of a project from the latest dates of its stages. */
export function lineOf(project: Project, dates: readonly Milestone[], today: string): Line {
  const marks: Mark[] = [];
  for (const m of dates) {
    const kind = GANTT_KINDS.find((k) => k === m.kind);
    const day = dayNumber(m.on);
    if (kind && day !== null) marks.push({ stage: m.stage, kind, on: m.on, day });
  }
  marks.sort((a, b) => a.day - b.day || rank(a.stage) - rank(b.stage));
  const now = dayNumber(today) ?? 0;
  const actual = marks.filter((m) => m.kind === 'actual').map((m) => m.day);
  const later = marks.filter((m) => m.kind !== 'actual' && rank(m.stage) > rank(mainOf(project.stage))).map((m) => m.day);
  const over = project.stage === 'lost' || project.stage === 'terminated' || project.stage === 'effective';
  const done: [number, number] | null = actual.length > 0 ? [Math.min(...actual), over ? Math.max(...actual) : Math.max(now, ...actual)] : null;
  const end = later.length > 0 && !over ? Math.max(...later) : null;
  const begin = done?.[1] ?? now;
  return { project, marks, done, ahead: end !== null && end > begin ? [begin, end] : null, due: over || project.stage === 'shelved' ? null : dayNumber(project.due_on) };
}

function rank(stage: string): number {
  return (CHAIN as readonly string[]).indexOf(mainOf(stage));
}

/** The stages that have a date on a page of lines, along the chain, the steps of pipelines after the stage they are within. */
export function stagesOf(lines: readonly Line[]): string[] {
  const found = [...new Set(lines.flatMap((l) => l.marks.map((m) => m.stage)))];
  return found.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** The days a page of lines spans, whole years, at least from last year to next; dates beyond a lifetime are left outside. */
export function spanOf(lines: readonly Line[], today: string): [number, number] {
  const now = dayNumber(today) ?? 0;
  const year = new Date(now * 86_400_000).getUTCFullYear();
  const days = lines.flatMap((l) => [...l.marks.map((m) => m.day), ...(l.due === null ? [] : [l.due])]);
  const years = days.map((d) => new Date(d * 86_400_000).getUTCFullYear()).filter((y) => y >= year - 15 && y <= year + 15);
  const first = Math.min(year - 1, ...years);
  const last = Math.max(year + 1, ...years);
  return [Date.UTC(first, 0, 1) / 86_400_000, Date.UTC(last + 1, 0, 1) / 86_400_000];
}

/** A cell of the time axis: a quarter or a year. */
export interface Cell {
  from: number;
  until: number;
  label: string;
}

/** The axis between two days, in quarters or years. */
export function cellsOf(from: number, until: number, zoom: 'quarter' | 'year'): Cell[] {
  const cells: Cell[] = [];
  const months = zoom === 'year' ? 12 : 3;
  let month = new Date(from * 86_400_000).getUTCFullYear() * 12;
  for (;;) {
    const start = Date.UTC(Math.floor(month / 12), month % 12, 1) / 86_400_000;
    if (start >= until) return cells;
    const end = Date.UTC(Math.floor((month + months) / 12), (month + months) % 12, 1) / 86_400_000;
    cells.push({ from: start, until: end, label: zoom === 'year' ? String(Math.floor(month / 12)) : `${Math.floor(month / 12)} Q${(month % 12) / 3 + 1}` });
    month += months;
  }
}

/** A cell of CSV: quoted where it must be, and never taken for a formula. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

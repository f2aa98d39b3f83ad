import { parseFigure } from '../../kit/money';
import type { ProjectValues, Typed } from './ProjectForm';

/** Whose content of a field is saved: what I typed, or what is now on record. */
export type Side = 'mine' | 'theirs';

/** A field of the form. */
export type Field = keyof ProjectValues;

/** What was chosen so far, by field; a field without a choice is undecided. */
export type Choices = Readonly<Partial<Record<Field, Side>>>;

/** One field whose content on record is not what I would save. */
export interface Difference {
  field: Field;
  base: ProjectValues[Field];
  mine: ProjectValues[Field];
  theirs: ProjectValues[Field];
  /** Who changed it since it was opened. */
  by: Side | 'both';
}

/** One act of a project's timeline, as far as the comparison needs it. */
export interface Told {
  at: number;
  actor: string;
  actor_name: string;
  verb: string;
  detail?: unknown;
}

/** Fields that mean one thing together: they are taken from one side. */
const TOGETHER: readonly (readonly Field[])[] = [
  ['investor', 'investor_name'],
  ['platform', 'track', 'builds'],
];

/** The fields decided together with field, itself among them. */
export function groupOf(field: Field): readonly Field[] {
  return TOGETHER.find((g) => g.includes(field)) ?? [field];
}

/** Whether two contents of a field mean the same: an amount may be written in several ways, and without a figure it has no currency. */
export function same(a: ProjectValues[Field] | undefined, b: ProjectValues[Field] | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return (a ?? '') === (b ?? '');
  const [x, y] = [read(a), read(b)];
  return x === y && (x === '' || a.currency === b.currency);
}

function read(typed: Typed): string {
  const figure = typed.figure.trim();
  return figure === '' ? '' : (parseFigure(figure, typed.currency)?.toString() ?? figure);
}

/**
 * The fields in which mine and theirs differ, in the order of the form. A field
 * in which both came to the same is none. hidden are fields the reader sees only
 * in part: what stands there cannot be compared and stays as it is on record,
 * unless the reader typed into it.
 */
export function differences(base: ProjectValues, mine: ProjectValues, theirs: ProjectValues, hidden: readonly string[] = []): Difference[] {
  return (Object.keys(base) as Field[]).flatMap((field): Difference[] => {
    const [b, m, t] = [base[field], mine[field] ?? '', theirs[field]];
    const typed = !same(m, b);
    if (same(m, t) || (hidden.includes(field) && !typed)) return [];
    return [{ field, base: b, mine: m, theirs: t, by: !typed ? 'theirs' : same(t, b) ? 'mine' : 'both' }];
  });
}

/** The side each field is taken from unless the reader says otherwise: whoever alone changed it; nobody where both did. */
export function preselected(all: readonly Difference[]): Choices {
  const choices: Partial<Record<Field, Side>> = {};
  for (const d of all) {
    const side = sideOf(all.filter((x) => groupOf(d.field).includes(x.field)));
    if (side) choices[d.field] = side;
  }
  return choices;
}

function sideOf(group: readonly Difference[]): Side | undefined {
  const by = group[0]?.by;
  return by !== undefined && by !== 'both' && group.every((d) => d.by === by) ? by : undefined;
}

/** The choices with field, and what is decided with it, taken from side. */
export function choose(choices: Choices, all: readonly Difference[], field: Field, side: Side): Choices {
  const group = all.filter((d) => groupOf(field).includes(d.field));
  return { ...choices, ...Object.fromEntries(group.map((d) => [d.field, side])) };
}

/**
 * The choices after the record changed once more: a choice stands while what is
 * on record in its field, and in those decided with it, is what it was when the
 * choice was made.
 */
export function carried(choices: Choices, before: readonly Difference[], after: readonly Difference[]): Choices {
  const stood = (d: Difference) => {
    const was = before.find((x) => x.field === d.field);
    return was !== undefined && same(was.theirs, d.theirs) && same(was.mine, d.mine);
  };
  const kept: Partial<Record<Field, Side>> = { ...preselected(after) };
  for (const d of after) {
    const side = choices[d.field];
    if (side && after.filter((x) => groupOf(d.field).includes(x.field)).every(stood)) kept[d.field] = side;
  }
  return kept;
}

/** The fields still to be decided, in the order of the form. */
export function undecided(all: readonly Difference[], choices: Choices): Field[] {
  return all.filter((d) => choices[d.field] === undefined).map((d) => d.field);
}

/** What is to be saved: the record, and of mine what was chosen. */
export function merged(theirs: ProjectValues, all: readonly Difference[], choices: Choices): ProjectValues {
  return { ...theirs, ...Object.fromEntries(all.filter((d) => choices[d.field] === 'mine').map((d) => [d.field, d.mine])) };
}

/** The newest act after since (ms UTC) that changed field; acts come newest first. */
export function changedBy<T extends Told>(acts: readonly T[], field: string, since: number): T | undefined {
  return acts.find((act) => {
    const d = (act.detail ?? {}) as { fields?: unknown; measure?: unknown };
    return act.at > since && (d.measure === field || (Array.isArray(d.fields) && d.fields.includes(field)));
  });
}

/** The newest act after since (ms UTC) that moved the project to stage. */
export function movedBy<T extends Told>(acts: readonly T[], stage: string, since: number): T | undefined {
  return acts.find((act) => act.at > since && ((act.detail ?? {}) as { to?: unknown }).to === stage);
}

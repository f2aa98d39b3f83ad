import { exponentOf } from '../../kit/money';
import { CHAIN, type Project, STAGES, type Stage } from './api';

/** What the board keeps of a project: little, for there may be many. */
export type Card = Pick<Project, 'id' | 'track' | 'code' | 'name' | 'kind' | 'investor_name' | 'owner_name' | 'unit' | 'unit_name' | 'stage' | 'prior' | 'stage_since' | 'missing' | 'due_on' | 'due_provisional' | 'version' | 'updated_at' | 'total_investment'>;

/** The card of a project. */
export function cardOf(p: Project): Card {
  const { id, track, code, name, kind, investor_name, owner_name, unit, unit_name, stage, prior, stage_since, missing, due_on, due_provisional, version, updated_at, total_investment } = p;
  return { id, track, code, name, kind, investor_name, owner_name, unit, unit_name, stage, prior, stage_since, missing, due_on, due_provisional, version, updated_at, ...(total_investment ? { total_investment } : {}) };
}

/** The card of a project that was moved: the answer names neither its department nor its official, who are those it had. */
export function movedCard(to: Project, was: Card): Card {
  const card = cardOf(to);
  return { ...card, owner_name: card.owner_name || was.owner_name, unit_name: card.unit_name || was.unit_name };
}

/** One column: a stage, or a step a pipeline has within one. */
export interface ColumnSpec {
  id: string;
  name: string;
  /** The stages the API is asked for. */
  stages: string[];
}

/** The columns of a board without a chosen pipeline: the chain, each stage with the steps within it. */
export function chainColumns(steps: readonly string[], nameOf: (stage: string) => string): ColumnSpec[] {
  return CHAIN.map((id) => ({ id, name: nameOf(id), stages: [id, ...steps.filter((s) => s.startsWith(id + '.'))] }));
}

/** The stage of the chain a stage is, or is a step of. */
export function mainOf(stage: string): Stage | '' {
  const main = stage.split('.')[0] ?? '';
  return (STAGES as readonly string[]).includes(main) ? (main as Stage) : '';
}

/** What is loaded of a column. */
export interface Loaded {
  cards: readonly Card[];
  cursor: string;
}

/** Adds the next page; what stands there already is not repeated. */
export function withPage(now: Loaded, page: readonly Card[], cursor: string): Loaded {
  const have = new Set(now.cards.map((c) => c.id));
  return { cards: [...now.cards, ...page.filter((c) => !have.has(c.id))], cursor };
}

/**
 * A column after some projects were changed: its first page anew, then what was
 * loaded before, without those. What was changed stands first, the newest change
 * on top, so nothing that still belongs here is lost.
 */
export function refreshed(now: Loaded, first: readonly Card[], cursor: string, changed: ReadonlySet<string>): Loaded {
  const fresh = new Set(first.map((c) => c.id));
  const rest = now.cards.filter((c) => !fresh.has(c.id) && !changed.has(c.id));
  // Nothing was loaded beyond the first page, or all of it has gone: the new page is all there is.
  const beyond = rest.filter((c) => first.length === 0 || older(c, first.at(-1) as Card));
  return beyond.length === 0 ? { cards: [...first], cursor } : { cards: [...first, ...beyond], cursor: now.cursor };
}

function older(a: Card, b: Card): boolean {
  return a.updated_at < b.updated_at || (a.updated_at === b.updated_at && a.id < b.id);
}

/** A column without some projects. */
export function without(now: Loaded, gone: ReadonlySet<string>): Loaded {
  return now.cards.some((c) => gone.has(c.id)) ? { ...now, cards: now.cards.filter((c) => !gone.has(c.id)) } : now;
}

/** Which cards of a column are on screen, and some around: [from, until). */
export function onScreen(scroll: number, height: number, pitch: number, count: number, around = 4): [number, number] {
  const from = Math.max(0, Math.floor(scroll / pitch) - around);
  return [Math.min(from, count), Math.min(count, Math.ceil((scroll + height) / pitch) + around)];
}

/** What putting a card into a column means. */
export type Drop = { ask: 'advance' | 'setback' | 'shelved' | 'lost' | 'terminated' | 'resume'; to: string } | { refuse: 'same' | 'step' | 'final' | 'shelved' | 'signed' | 'unsigned' };

/** What it would mean to put a card into target; order is the pipeline's chain. */
export function dropOf(card: Pick<Card, 'stage' | 'prior'>, target: string, order: readonly string[]): Drop {
  if (card.stage === target) return { refuse: 'same' };
  if (card.stage === 'lost' || card.stage === 'terminated') return { refuse: 'final' };
  const shelved = card.stage === 'shelved';
  const standing = shelved ? card.prior : card.stage;
  const signed = CHAIN.indexOf(mainOf(standing) as (typeof CHAIN)[number]) >= CHAIN.indexOf('signed');
  if (target === 'shelved') return { ask: 'shelved', to: target };
  if (target === 'lost') return signed ? { refuse: 'signed' } : { ask: 'lost', to: target };
  if (target === 'terminated') return signed ? { ask: 'terminated', to: target } : { refuse: 'unsigned' };
  if (shelved) return standing === target ? { ask: 'resume', to: target } : { refuse: 'shelved' };
  const from = order.indexOf(standing);
  const to = order.indexOf(target);
  if (from < 0 || to < 0) return { refuse: 'step' };
  if (to < from) return { ask: 'setback', to: target };
  return to === from + 1 ? { ask: 'advance', to: target } : { refuse: 'step' };
}

interface Sum {
  currency: string;
  count: number;
  total_investment: { minor: number | string | bigint; currency: string };
}

/** The head of a column: how many, and how much in each currency. A stage of the totals takes in its steps; steps that have a column of their own are taken off. */
export function headOf(column: ColumnSpec, byStage: readonly { stage: string; count: number; by_currency: readonly Sum[] | null }[]): { count: number; sums: { currency: string; minor: bigint }[] } {
  const whole = byStage.find((s) => s.stage === column.id);
  const parts = byStage.filter((s) => s.stage.startsWith(column.id + '.') && !column.stages.includes(s.stage));
  const sums = new Map<string, bigint>();
  const add = (s: Sum, sign: bigint) => {
    if (s.currency) sums.set(s.currency, (sums.get(s.currency) ?? 0n) + sign * BigInt(s.total_investment.minor));
  };
  whole?.by_currency?.forEach((s) => add(s, 1n));
  parts.forEach((p) => p.by_currency?.forEach((s) => add(s, -1n)));
  return {
    count: (whole?.count ?? 0) - parts.reduce((n, p) => n + p.count, 0),
    sums: [...sums].filter(([, minor]) => minor > 0n).map(([currency, minor]) => ({ currency, minor })).toSorted((a, b) => worth(b) - worth(a)),
  };
}

/** Orders currencies by their figure, roughly: the largest stands first. */
function worth(s: { currency: string; minor: bigint }): number {
  return Number(s.minor) / 10 ** exponentOf(s.currency);
}

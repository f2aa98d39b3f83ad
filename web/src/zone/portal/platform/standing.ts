import type { Totals } from '../../pipeline/api';
import type { Slot } from '../../pipeline/tracks';

/** How many projects stand at one place of a pipeline, and the stages they are listed by. */
export interface Standing<S extends string = string> {
  stage: S;
  count: number;
  stages: readonly string[];
  why?: { zh: string; en: string };
}

type Sums = Pick<Totals, 'by_stage' | 'by_step'> | undefined;

const countOf = (totals: readonly { stage: string; count: number }[] | null | undefined, stage: string) => totals?.find((s) => s.stage === stage)?.count ?? 0;

/**
 * The places of a pipeline with the projects that stand there. A step of its own
 * has a place of its own; steps of other pipelines, which a project may follow all
 * the same, count with their stage, so that the places add up to all.
 */
export function standings(slots: readonly Slot[], totals: Sums): Standing<Slot['stage']>[] {
  const own = new Set<string>(slots.map((s) => s.stage));
  return slots.map(({ stage, why }) => {
    const steps = (totals?.by_step ?? []).filter((s) => s.stage.startsWith(stage + '.'));
    const shown = steps.filter((s) => own.has(s.stage));
    const count = stage.includes('.') ? countOf(totals?.by_step, stage) : countOf(totals?.by_stage, stage) - shown.reduce((n, s) => n + s.count, 0);
    const foreign = steps.filter((s) => !own.has(s.stage) && s.count > 0).map((s) => s.stage);
    return { stage, count, stages: [stage, ...foreign], ...(why ? { why } : {}) };
  });
}

/** Those of the stages beside the chain at which projects stand. */
export function counted<S extends string>(totals: Sums, stages: readonly S[]): Standing<S>[] {
  return stages.map((stage) => ({ stage, count: countOf(totals?.by_stage, stage), stages: [stage] })).filter((s) => s.count > 0);
}

import type { Stage } from './api';
import { rank, useStageName } from './tracks';

/** The status colour of a stage. */
export function toneOf(stage: Stage): 'grey' | 'blue' | 'green' | 'amber' | 'red' | 'purple' {
  const main = stage.split('.')[0];
  if (main === 'shelved') return 'amber';
  if (main === 'lost' || main === 'terminated') return 'grey';
  if (main === 'effective' || main === 'producing') return 'green';
  return main === 'lead' ? 'grey' : 'blue';
}

/** A stage by its name in the project's track, with colour and shape. */
export function StageTag({ stage, track }: { stage: Stage; track?: string }) {
  const name = useStageName();
  return (
    <span className="tag" data-tone={toneOf(stage)}>
      {name(stage, track)}
    </span>
  );
}

/** The place in the chain of the stage that a stage is or is a step of, −1 beside it. */
export function rankOf(stage: Stage | ''): number {
  return rank(stage);
}

import { Alert, Button } from 'antd';
import type { Entry } from '../../infra/journal/api';
import { words as acts } from '../../infra/journal/words';
import { useLoad } from '../../kit/load';
import { minuteOf } from '../../kit/when';
import { useWords } from '../../kit/words';
import { getTimeline } from './api';
import { useStageName } from './tracks';
import { words } from './words';

/** Somebody else was first: who, when and what they did; what was typed stays until one has looked. */
export function Raced({ project, onRefresh }: { project: { id: string; track: string }; onRefresh: () => void }) {
  const t = useWords(words);
  return (
    <Alert
      role="alert"
      type="warning"
      showIcon
      title={t('raced')}
      description={
        <>
          <LastAct {...project} />
          <p className="tight">{t('raced.what')}</p>
        </>
      }
      action={
        <Button size="small" onClick={onRefresh}>
          {t('raced.refresh')}
        </Button>
      }
    />
  );
}

/** The last act on a project, in one sentence: by whom, when and what. */
export function LastAct({ id, track }: { id: string; track: string }) {
  const t = useWords(words);
  const say = useWords(acts);
  const stage = useStageName();
  const last = useLoad(`last:${id}`, (signal) => getTimeline(id, '', signal)).data?.items?.find(ofProject);
  if (!last) return null;
  const d = (last.detail ?? {}) as Record<string, unknown>;
  const way = typeof d['from'] === 'string' && typeof d['to'] === 'string' ? t('raced.way', { from: stage(d['from'], track), to: stage(d['to'], track) }) : '';
  return <p className="tight">{t('raced.last', { who: last.actor_name || last.actor, when: minuteOf(last.at), what: say.maybe('verb.', last.verb) + way })}</p>;
}

/** Whether an act changed the project itself, done by somebody. */
function ofProject(e: Entry): boolean {
  return e.verb.startsWith('pipeline.') && e.verb !== 'pipeline.reckoned';
}

import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { CSSProperties } from 'react';
import { Link } from 'react-router';
import { PageHead } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { listTracks, type Track } from './api';
import { Absent } from './StageStrip';
import { slots, useStageName } from './tracks';
import { words } from './words';

/** The stages of a track in order, and in their place those that do not apply. */
export function TrackStrip({ track }: { track: Track }) {
  const t = useWords(words);
  const lang = useLang();
  const name = useStageName();
  const all = slots(track);
  return (
    <ol className="stages" aria-label={t('tracks.strip', { track: track[lang] })} style={{ '--n': all.length } as CSSProperties}>
      {all.map(({ stage, why }) => {
        const own = track.stages?.find((s) => s.id === stage);
        if (why) return <Absent key={stage} name={name(stage)} why={why[lang]} />;
        return (
          <li key={stage} title={lang === 'zh' ? own?.meaning_zh : own?.meaning_en}>
            <span className="name">{own?.[lang]}</span>
            {stage.includes('.') && <span className="muted small">{t('tracks.own.step')}</span>}
          </li>
        );
      })}
    </ol>
  );
}

/** The zone's pipelines, each as a strip. */
export default function Tracks() {
  const t = useWords(words);
  const lang = useLang();
  const { can } = useSession();
  const load = useLoad('pipelines', listTracks);
  const today = dayOf(Date.now());
  useTitle(t('tracks.title'));
  if (load.error && !load.data) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading rows={12} />;
  return (
    <>
      <PageHead
        title={t('tracks.title')}
        actions={
          can('pipeline.define') && (
            <Link to="/pipelines/general?do=copy">
              <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
                {t('tracks.new')}
              </Button>
            </Link>
          )
        }
      >
        <span className="muted">{t('tracks.what')}</span>
      </PageHead>
      {(load.data.items ?? []).map((track) => (
        <Section key={track.id} title={<Link to={`/pipelines/${track.id}`}>{track[lang]}</Link>}>
          <p className="muted tight">{lang === 'zh' ? track.meaning_zh : track.meaning_en}</p>
          <TrackStrip track={track} />
          <p className="muted small tight" style={{ marginTop: 10 }}>
            {t('tracks.counts', { gates: (track.gates ?? []).length, limits: (track.limits ?? []).length })} · {t('tracks.since', { version: track.version, day: track.valid_from })}
            {track.valid_from > today && <span className="warn"> {t('tracks.planned')}</span>}
          </p>
        </Section>
      ))}
    </>
  );
}

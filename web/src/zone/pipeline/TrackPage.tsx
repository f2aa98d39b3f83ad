import { CopyOutlined, EditOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { DataTable } from '../../kit/DataTable';
import { When } from '../../kit/figures';
import { PageHead } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { shortMoney } from '../../kit/money';
import { Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { sourceIn, useLang, useWords } from '../../kit/words';
import { type GateRow, getTrack, type Limit, type TrackFile } from './api';
import { TrackStrip } from './Tracks';
import { forgetTracks, useStageName } from './tracks';
import TrackEditor from './TrackEditor';
import { words } from './words';

/** One pipeline: its stages, gates and limits with their sources, and how it came about. */
export default function TrackPage() {
  const { id = '' } = useParams();
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const t = useWords(words);
  const lang = useLang();
  const { can } = useSession();
  const version = search.get('version') ?? '';
  const load = useLoad(`track:${id}?${version}`, (signal) => getTrack(id, version, signal));
  const track = load.data?.data;
  useTitle(track?.[lang] ?? t('tracks.title'));
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!track || !load.data) return <Loading rows={12} />;
  const doing = can('pipeline.define') ? (search.get('do') ?? '') : '';
  if (doing === 'edit' || doing === 'copy') {
    return (
      <TrackEditor
        key={`${doing}${track.version}`}
        track={track}
        copy={doing === 'copy'}
        etag={`"${track.latest}"`}
        onClose={() => setSearch({}, { replace: true })}
        onSaved={(saved) => {
          forgetTracks();
          void navigate(`/pipelines/${saved.id}`);
          load.reload();
        }}
      />
    );
  }
  const old = version !== '' && Number(version) !== track.latest;
  return (
    <>
      <PageHead
        title={track[lang]}
        actions={
          can('pipeline.define') && (
            <>
              <Button icon={<CopyOutlined />} onClick={() => setSearch({ do: 'copy' })}>
                {t('tracks.copy')}
              </Button>
              <Button type="primary" icon={<EditOutlined />} onClick={() => setSearch({ do: 'edit' })}>
                {t('tracks.edit')}
              </Button>
            </>
          )
        }
      >
        <span className="muted">{t('tracks.since', { version: track.version, day: track.valid_from })}</span>
      </PageHead>
      {old && <p className="warn">{t('tracks.old', { version: track.version, latest: track.latest })}</p>}
      <p className="muted">{lang === 'zh' ? track.meaning_zh : track.meaning_en}</p>
      <Section title={t('tracks.stages')}>
        <TrackStrip track={track} />
        {(track.absent ?? []).map((a) => (
          <p key={a.stage} className="muted tight">
            {t('tracks.absent', { stage: t.maybe('stage.', a.stage), why: lang === 'zh' ? a.why_zh : a.why_en })}
          </p>
        ))}
        <p className="muted small tight">{t('tracks.source', { source: sourceIn(track.source, lang) })}</p>
      </Section>
      <StagesTable track={track} />
      <GatesTable track={track} />
      <LimitsTable track={track} />
      <Section title={t('tracks.history')}>
        <DataTable
          caption={t('tracks.history')}
          rows={track.history ?? []}
          rowKey={(v) => String(v.version)}
          columns={[
            { id: 'version', title: t('tracks.version'), cell: (v) => <Link to={`/pipelines/${id}?version=${v.version}`}>{t('tracks.version.n', { n: v.version })}</Link> },
            { id: 'term', title: t('tracks.term'), cell: (v) => (v.valid_to && v.valid_to < v.valid_from ? t('tracks.never') : termOf(v)) },
            { id: 'by', title: t('tracks.by'), cell: (v) => (v.shipped ? t('tracks.shipped') : <>{v.by_name} <When at={v.recorded_at} /></>) },
            { id: 'reason', title: t('tracks.reason'), cell: (v) => v.reason },
          ]}
        />
      </Section>
    </>
  );
}

function StagesTable({ track }: { track: TrackFile }) {
  const t = useWords(words);
  const lang = useLang();
  return (
    <Section title={t('tracks.meanings')}>
      <DataTable
        caption={t('tracks.meanings')}
        rows={track.stages ?? []}
        rowKey={(s) => s.id}
        columns={[
          { id: 'stage', title: t('field.stage'), cell: (s) => s[lang] },
          { id: 'meaning', title: t('tracks.meaning'), cell: (s) => (lang === 'zh' ? s.meaning_zh : s.meaning_en) },
          { id: 'source', title: t('tracks.source.of'), cell: (s) => <span className="muted small">{sourceIn(s.source, lang)}</span> },
        ]}
        card={(s) => (
          <>
            <span className="strong">{s[lang]}</span>
            <div>{lang === 'zh' ? s.meaning_zh : s.meaning_en}</div>
            <div className="muted small">{sourceIn(s.source, lang)}</div>
          </>
        )}
      />
    </Section>
  );
}

/** The term of a row as read: from a day on, or between two. */
const termOf = (row: { valid_from: string; valid_to: string }) => <span style={{ whiteSpace: 'nowrap' }}>{`${row.valid_from} – ${row.valid_to}`}</span>;

function GatesTable({ track }: { track: TrackFile }) {
  const t = useWords(words);
  const lang = useLang();
  const name = useStageName();
  const stage = (r: GateRow) => track.stages?.find((s) => s.id === r.stage)?.[lang] ?? name(r.stage);
  const kind = (r: GateRow) => [t.maybe('need.', r.kind), r.applies ? t.maybe('applies.', r.applies) : '', r.class ? t.maybe('class.', r.class) : ''].filter(Boolean).join(' · ');
  return (
    <Section title={t('tracks.gates')}>
      <DataTable
        caption={t('tracks.gates')}
        rows={track.gates ?? []}
        rowKey={(r) => `${r.stage}/${r.kind}/${r.id}/${r.applies ?? ''}/${r.valid_from}`}
        columns={[
          { id: 'stage', title: t('field.stage'), cell: stage },
          { id: 'label', title: t('tracks.requirement'), cell: (r) => r[lang] },
          { id: 'kind', title: t('tracks.kind'), cell: kind },
          { id: 'term', title: t('tracks.term'), cell: termOf },
          { id: 'source', title: t('tracks.source.of'), cell: (r) => <span className="muted small">{sourceIn(r.source, lang)}</span> },
        ]}
        card={(r) => (
          <>
            <div className="card-line">
              <span className="strong">{r[lang]}</span>
              <span className="muted small">{stage(r)}</span>
            </div>
            <div className="small">{kind(r)}</div>
            <div className="muted small">{sourceIn(r.source, lang)}</div>
          </>
        )}
      />
    </Section>
  );
}

function LimitsTable({ track }: { track: TrackFile }) {
  const t = useWords(words);
  const lang = useLang();
  const limits = track.limits ?? [];
  const length = (l: Limit) => t(`unit.${l.unit}`, { n: l.days });
  const yuan = (fen: number) => shortMoney({ minor: fen, currency: 'CNY' }, lang);
  const band = (l: Limit) =>
    [l.min_fen && l.max_fen ? t('band.between', { min: yuan(l.min_fen), max: yuan(l.max_fen) }) : l.min_fen ? t('band.from', { min: yuan(l.min_fen) }) : l.max_fen ? t('band.below', { max: yuan(l.max_fen) }) : '', l.applies ? t.maybe('applies.', l.applies) : ''].filter(Boolean).join(' · ');
  return (
    <Section title={t('tracks.limits')}>
      {limits.length === 0 && <p className="muted tight">{t('tracks.limits.none')}</p>}
      {limits.length > 0 && (
        <DataTable
          caption={t('tracks.limits')}
          rows={limits}
          rowKey={(l) => `${l.from}/${l.to}/${l.min_fen}/${l.applies ?? ''}/${l.valid_from}`}
          columns={[
            { id: 'span', title: t('tracks.span'), cell: (l) => l[lang] },
            { id: 'length', title: t('tracks.length'), numeric: true, cell: length },
            { id: 'band', title: t('tracks.band'), cell: band },
            { id: 'term', title: t('tracks.term'), cell: termOf },
            { id: 'source', title: t('tracks.source.of'), cell: (l) => <span className="muted small">{sourceIn(l.source, lang)}</span> },
          ]}
          card={(l) => (
            <>
              <div className="card-line">
                <span className="strong">{l[lang]}</span>
                <span className="figure">{length(l)}</span>
              </div>
              {band(l) && <div className="small">{band(l)}</div>}
              <div className="muted small">{sourceIn(l.source, lang)}</div>
            </>
          )}
        />
      )}
    </Section>
  );
}

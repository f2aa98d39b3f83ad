import { DownloadOutlined } from '@ant-design/icons';
import { Alert, Button, Modal, Progress } from 'antd';
import { useEffect, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { DataTable } from '../../kit/DataTable';
import { useDownload } from '../../kit/Download';
import { When } from '../../kit/figures';
import { PageHead, Pager } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { type KitKey, useKit } from '../../kit/locale';
import { Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { secondsText } from '../../kit/when';
import { type Say, useLang, useWords } from '../../kit/words';
import { actOnRun, eventsAddress, getRun, listRows, rejectedPath, type Run as RunData, type RunRow } from './api';
import { busy, StateTag } from './StateTag';
import { words } from './words';

/** Where the records of a kind are. */
const PLACES: Readonly<Record<string, string>> = { projects: '/projects', parties: '/parties' };

const STATUSES = ['new', 'changed', 'unchanged', 'merged', 'rejected', 'skipped'] as const;

/** One import run: progress, what the dry run found, publishing and taking back. */
export default function Run() {
  const { id = '' } = useParams();
  const t = useWords(words);
  const load = useLoad(`run:${id}`, (signal) => getRun(id, signal));
  const [live, setLive] = useState<RunData>();
  const run = live ?? load.data;
  const state = run?.state;
  const label = load.data?.kind_label ?? '';
  useTitle(run?.file_name ?? t('title'));
  const { reload } = load;

  useEffect(() => setLive(undefined), [load.data]);
  useEffect(() => {
    if (!state || !busy(state)) return;
    const events = new EventSource(eventsAddress(id));
    // A stream cannot say which language the reader chose: its words are not taken.
    events.addEventListener('run', (e: MessageEvent<string>) => setLive({ ...(JSON.parse(e.data) as RunData), kind_label: label }));
    // The stream ends when the phase does; what it came to is read once more.
    events.onerror = () => {
      events.close();
      setTimeout(reload, 1000);
    };
    return () => events.close();
  }, [id, state, label, reload]);

  if (load.error && !run) return <Problem problem={load.error} retry={load.reload} />;
  if (!run) return <Loading rows={10} />;
  return (
    <>
      <PageHead title={run.file_name} actions={<Acts run={run} onDone={load.reload} />}>
        <StateTag state={run.state} />
        <span className="muted">{run.kind_label}</span>
      </PageHead>
      <div aria-live="polite">{busy(run.state) ? <Going run={run} /> : <Came run={run} />}</div>
      {!['reading', 'cancelled'].includes(run.state) && <Counts run={run} />}
      <Rows run={run} round={`${run.state}/${run.version}`} hidden={run.state === 'reading' || run.state === 'deciding'} />
      <Section title={t('about')}>
        <Facts
          items={[
            [t('kind'), run.kind_label],
            [t('by'), run.owner_name],
            [t('started'), <When key="s" at={run.started_at} minute />],
            run.published_at ? [t('published'), <When key="p" at={run.published_at} minute />] : null,
            run.undone_at ? [t('undone'), <When key="u" at={run.undone_at} minute />] : null,
          ]}
        />
      </Section>
    </>
  );
}

/** A phase under way: done of total, rate, time left. */
function Going({ run }: { run: RunData }) {
  const t = useWords(words);
  const lang = useLang();
  const known = run.total > 0;
  return (
    <Section title={t(`state.${run.state}`)}>
      <Progress percent={known ? Math.min(100, Math.floor((run.done / run.total) * 100)) : 0} status="active" showInfo={known} aria-label={t(`state.${run.state}`)} />
      <p className="muted tight figure">
        {known ? t('progress', { done: run.done.toLocaleString('en-US'), total: run.total.toLocaleString('en-US') }) : t('progress.unknown', { done: run.done.toLocaleString('en-US') })}
        {run.rate > 0 && ` · ${t('rate', { rate: Math.round(run.rate).toLocaleString('en-US') })}`}
        {known && run.rate > 0 && run.seconds_left >= 0 && ` · ${t('left', { time: secondsText(run.seconds_left, lang) })}`}
      </p>
    </Section>
  );
}

/** What a finished phase came to, and what to do next. */
function Came({ run }: { run: RunData }) {
  const t = useWords(words);
  if (run.problem) {
    return (
      <Alert
        type="error"
        showIcon
        role="alert"
        style={{ marginBottom: 16 }}
        title={run.problem}
        description={
          (run.problems ?? []).length > 0 && (
            <ul className="tight">
              {(run.problems ?? []).map((p, i) => (
                <li key={i}>{p}</li>
              ))}
            </ul>
          )
        }
      />
    );
  }
  const types = { staged: 'info', published: 'success', undone: 'info', cancelled: 'info', failed: 'error' } as const;
  const type = types[run.state as keyof typeof types] ?? 'info';
  const n = run.counts.new + run.counts.changed;
  const list = run.state === 'published' && n > 0 && run.kind === 'projects' ? PLACES[run.kind] : undefined;
  return (
    <Alert
      type={type}
      showIcon
      style={{ marginBottom: 16 }}
      title={t.maybe('came.', run.state, { n })}
      {...(list ? { description: <>{t('came.published.whose')} <Link to={`${list}?run=${run.id}`}>{t('came.see')}</Link></> } : {})}
    />
  );
}

function Acts({ run, onDone }: { run: RunData; onDone: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const [asking, setAsking] = useState<'publish' | 'undo'>();
  const file = useDownload();
  const cancel = useAct(async () => {
    await actOnRun(run.id, 'cancel');
    onDone();
  });
  const recheck = useAct(async () => {
    await actOnRun(run.id, 'recheck');
    onDone();
  });
  const publish = useAct(async () => {
    await actOnRun(run.id, 'publish');
    setAsking(undefined);
    onDone();
  });
  const undo = useAct(async () => {
    await actOnRun(run.id, 'undo');
    setAsking(undefined);
    onDone();
  });
  const { counts } = run;
  return (
    <>
      {run.counts.rejected > 0 && !busy(run.state) && run.state !== 'cancelled' && (
        <Button icon={<DownloadOutlined />} loading={file.busy} onClick={() => void file.run(rejectedPath(run.id), { format: 'xlsx' })}>
          {t('rejected.workbook')}
        </Button>
      )}
      {can('intake.run') && ['reading', 'deciding', 'staged', 'failed'].includes(run.state) && (
        <Button loading={cancel.busy} onClick={() => void cancel.run()}>
          {t('cancel')}
        </Button>
      )}
      {can('intake.run') && run.state === 'staged' && run.problem && (
        <Button loading={recheck.busy} onClick={() => void recheck.run()}>
          {t('recheck')}
        </Button>
      )}
      {can('intake.run') && run.state === 'staged' && (
        <Button type="primary" disabled={counts.new + counts.changed === 0} onClick={() => setAsking('publish')}>
          {t('publish')}
        </Button>
      )}
      {can('intake.undo') && run.state === 'published' && (
        <Button danger onClick={() => setAsking('undo')}>
          {t('undo')}
        </Button>
      )}
      {cancel.error && <Problem problem={cancel.error} />}
      {recheck.error && <Problem problem={recheck.error} />}
      <Modal open={asking === 'publish'} title={t('publish.title')} okText={t('publish')} cancelText={k('cancel')} okButtonProps={{ loading: publish.busy }} onOk={() => void publish.run()} onCancel={() => setAsking(undefined)}>
        {publish.error && <Problem problem={publish.error} />}
        <p>{t('publish.what', { new: counts.new, changed: counts.changed })}</p>
        {counts.rejected > 0 && <p className="warn">{t('publish.rejected', { n: counts.rejected })}</p>}
      </Modal>
      <Modal open={asking === 'undo'} title={t('undo')} okText={t('undo')} cancelText={k('cancel')} okButtonProps={{ danger: true, loading: undo.busy }} onOk={() => void undo.run()} onCancel={() => setAsking(undefined)}>
        {undo.error && <Problem problem={undo.error} />}
        <p>{t('undo.what', { n: counts.new + counts.changed })}</p>
      </Modal>
    </>
  );
}

/** The counts as links to their rows. */
function Counts({ run }: { run: RunData }) {
  const t = useWords(words);
  const [search] = useSearchParams();
  const chosen = search.get('status') ?? '';
  const link = (status: string, n: number) => (
    <Link to={status ? `?status=${status}` : '?'} aria-current={chosen === status || undefined} className="count" data-status={status} data-none={n === 0 || undefined} replace>
      <span className="figure">{n.toLocaleString('en-US')}</span>
      <span>{status ? t.maybe('count.', status) : t('count.all')}</span>
    </Link>
  );
  const total = STATUSES.reduce((sum, s) => sum + run.counts[s], 0);
  return (
    <nav className="counts" aria-label={t('counts')}>
      {link('', total)}
      {STATUSES.map((s) => (
        <span key={s}>{link(s, run.counts[s])}</span>
      ))}
      {run.counts.noted > 0 && <span className="muted small">{t('noted', { n: run.counts.noted })}</span>}
    </nav>
  );
}

function Rows({ run, round, hidden }: { run: RunData; round: string; hidden: boolean }) {
  const { id } = run;
  const t = useWords(words);
  const k = useKit();
  const [search] = useSearchParams();
  const query = { status: search.get('status') ?? '', cursor: search.get('cursor') ?? '', limit: 50 };
  const load = useLoad(hidden ? null : `rows:${id}?${JSON.stringify(query)}${round}`, (signal) => listRows(id, query, signal));
  if (hidden) return null;
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading rows={6} />;
  const rows = load.data.items ?? [];
  // A new record is there only between publishing and undoing.
  const there = (r: RunRow) => r.object && PLACES[run.kind] && (run.state === 'published' || r.status !== 'new') ? `${PLACES[run.kind]}/${r.object}` : '';
  const name = (r: RunRow) => (there(r) ? <Link to={there(r)}>{r.title || k('unknown.value')}</Link> : r.title || <span className="muted">{k('unknown.value')}</span>);
  return (
    <Section title={query.status ? t.maybe('count.', query.status) : t('rows')}>
      {rows.length === 0 ? (
        <p className="muted tight">{t('rows.none')}</p>
      ) : (
        <>
          <DataTable
            caption={t('rows')}
            rows={rows}
            rowKey={(r: RunRow) => String(r.number)}
            columns={[
              { id: 'title', title: t('row.title'), cell: name },
              { id: 'number', title: t('row.number'), numeric: true, cell: (r) => r.number },
              { id: 'status', title: t('row.status'), cell: (r) => <RowStatus row={r} /> },
              { id: 'reasons', title: t('row.reasons'), cell: (r) => ((r.reasons ?? []).length > 0 ? <ul className="tight">{(r.reasons ?? []).map((x, i) => <li key={i}>{told(k, x)}</li>)}</ul> : <span className="muted">{k('empty.value')}</span>) },
            ]}
            card={(r) => (
              <>
                <div className="card-line">
                  <span className="strong">
                    {r.number} · {name(r)}
                  </span>
                  <RowStatus row={r} />
                </div>
                {(r.reasons ?? []).map((x, i) => (
                  <div key={i} className="small">
                    {told(k, x)}
                  </div>
                ))}
              </>
            )}
          />
          <Pager next={load.data.next_cursor || undefined} />
        </>
      )}
    </Section>
  );
}

/** A reason with the field it is about, named once. */
function told(k: Say<KitKey>, reason: { field_label?: string; text: string }): string {
  const label = reason.field_label ?? '';
  return label && !reason.text.startsWith(label) ? k('fields.said', { label, message: reason.text }) : reason.text;
}

function RowStatus({ row }: { row: RunRow }) {
  const t = useWords(words);
  const tones: Readonly<Record<string, string>> = { new: 'green', changed: 'blue', rejected: 'red', merged: 'purple' };
  return (
    <span className="tag" data-tone={tones[row.status] ?? 'grey'}>
      {t.maybe('count.', row.status)}
      {row.merged_into ? ` → ${row.merged_into}` : ''}
    </span>
  );
}

import { App, Button, Select } from 'antd';
import { DataTable } from '../../kit/DataTable';
import { When } from '../../kit/figures';
import { Pager, useFilters } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { Loading, Problem } from '../../kit/notices';
import { useWords } from '../../kit/words';
import { type Channel, type Delivery, listDeliveries, sendAgain, STATES } from './api';
import { words } from './words';

const SPEC = { state: 'text', channel: 'text' } as const;

/** What is or was on its way out: how it fared, not what it says. */
export function Deliveries({ channels, round, onChanged }: { channels: readonly Channel[]; round: number; onChanged: () => void }) {
  const t = useWords(words);
  const list = useFilters(SPEC);
  const state = list.filters.state || 'dead';
  const query = { state, channel: list.filters.channel, cursor: list.cursor, limit: 20 };
  const load = useLoad(`/deliveries?${JSON.stringify(query)}${round}`, (signal) => listDeliveries(query, signal));
  const rows = load.data?.items ?? [];
  return (
    <>
      <div className="filters" role="search" aria-label={t('deliveries')}>
        <Select aria-label={t('delivery.state')} value={state} onChange={(v: string) => list.change({ state: v })} options={STATES.map((s) => ({ value: s, label: t(`delivery.${s}`) }))} />
        <Select aria-label={t('delivery.channel')} value={list.filters.channel} onChange={(v: string) => list.change({ channel: v })} options={[{ value: '', label: t('delivery.every') }, ...channels.map((c) => ({ value: c.id, label: c.name }))]} />
      </div>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={4} />
      ) : rows.length === 0 ? (
        <p className="muted tight">{t(`nothing.${state === 'dead' ? 'dead' : 'other'}`)}</p>
      ) : (
        <>
          <DataTable
            caption={t('deliveries')}
            rows={rows}
            rowKey={(v) => v.id}
            columns={[
              { id: 'topic', title: t('topic'), cell: (v) => v.topic_name },
              { id: 'channel', title: t('delivery.channel'), cell: (v) => <To v={v} /> },
              { id: 'created', title: t('delivery.created'), numeric: true, cell: (v) => <When at={v.created_at} minute /> },
              { id: 'attempts', title: t('delivery.attempts'), numeric: true, cell: (v) => v.attempts },
              { id: 'problem', title: t('delivery.problem'), cell: (v) => <Why v={v} /> },
              { id: 'acts', title: t('acts'), cell: (v) => <Again v={v} onDone={onChanged} /> },
            ]}
            card={(v) => (
              <>
                <div className="card-line">
                  <span className="strong">{v.topic_name}</span>
                  <When at={v.created_at} minute />
                </div>
                <To v={v} />
                <p className="tight small">
                  <Why v={v} />
                </p>
                <Again v={v} onDone={onChanged} />
              </>
            )}
          />
          <Pager next={load.data.next_cursor || undefined} />
        </>
      )}
    </>
  );
}

function To({ v }: { v: Delivery }) {
  return (
    <span>
      {v.channel_name}
      {v.account_name && ` · ${v.account_name}`}
    </span>
  );
}

/** Why it has not arrived, and when it is tried again. */
function Why({ v }: { v: Delivery }) {
  const t = useWords(words);
  return (
    <span>
      {v.problem}
      {v.state === 'failed' && (
        <span className="muted">
          {' '}
          {t('delivery.next')} <When at={v.next_at} minute />
        </span>
      )}
    </span>
  );
}

function Again({ v, onDone }: { v: Delivery; onDone: () => void }) {
  const t = useWords(words);
  const { message } = App.useApp();
  const act = useAct(async () => {
    await sendAgain(v.id);
    void message.success(t('again.done'));
    onDone();
  });
  if (v.state !== 'dead' && v.state !== 'failed') return null;
  return (
    <>
      <Button size="small" loading={act.busy} onClick={() => void act.run()}>
        {t('again')}
      </Button>
      {act.error && <Problem problem={act.error} />}
    </>
  );
}

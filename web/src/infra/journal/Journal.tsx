import { Button, DatePicker, Input, Select } from 'antd';
import dayjs from 'dayjs';
import { Link } from 'react-router';
import { DataTable } from '../../kit/DataTable';
import { When } from '../../kit/figures';
import { ListPage, useFilters } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Empty } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { dayNumber } from '../../kit/when';
import { useWords } from '../../kit/words';
import { type Entry, listEntries } from './api';
import { kindOf, objectOf, pageOf, shortID } from './object';
import ProofDrawer from './ProofDrawer';
import { words } from './words';

const SPEC = { object: 'text', actor: 'text', verb: 'text', since: 'text', until: 'text' } as const;
const CONTEXTS = ['pipeline.', 'party.', 'office.', 'intake.', 'access.'] as const;
const DAY = 86_400_000;
const CHINA = 8 * 3_600_000;

/** The first instant of a day in China, undefined when it is no day. */
function startOf(day: string, plusDays = 0): number | undefined {
  const n = dayNumber(day);
  return n === null ? undefined : (n + plusDays) * DAY - CHINA;
}

/** Everything that was done, by whom and when. */
export default function Journal() {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const list = useFilters(SPEC);
  const f = list.filters;
  const query = { object: f.object, actor: f.actor, verb: f.verb, from: startOf(f.since), until: startOf(f.until, 1), limit: 50, cursor: list.cursor };
  const load = useLoad(`/journal?${JSON.stringify(query)}`, (signal) => listEntries(query, signal));
  const said = list.active.map((name) => `${t(`filter.${name}`)} ${name === 'verb' ? t.maybe('context.', f.verb) : name === 'object' ? `${t.maybe('kind.', kindOf(f.object))} ${shortID(f.object)}` : f[name]}`);
  const opened = load.data?.items?.find((e) => e.id === list.open);
  return (
    <>
      <ListPage
        title={t('title')}
        actions={
          can('journal.verify') || can('journal.prove') ? (
            <Link to="/journal/verify">
              <Button tabIndex={-1}>{t('verify.open')}</Button>
            </Link>
          ) : null
        }
        filters={
          <>
            <Select
              allowClear
              aria-label={t('filter.verb')}
              placeholder={t('filter.verb')}
              value={f.verb || undefined}
              onChange={(verb: string | undefined) => list.change({ verb: verb ?? '' })}
              options={CONTEXTS.map((c) => ({ value: c, label: t(`context.${c}`) }))}
            />
            <Input.Search key={f.object} allowClear defaultValue={f.object} aria-label={t('filter.object')} placeholder={t('filter.object.hint')} onSearch={(object) => list.change({ object: objectOf(object) })} style={{ maxWidth: 300 }} enterButton={false} />
            <DatePicker.RangePicker
              aria-label={t('filter.days')}
              allowEmpty={[true, true]}
              value={[f.since ? dayjs(f.since) : null, f.until ? dayjs(f.until) : null]}
              onChange={(range) => list.change({ since: range?.[0]?.format('YYYY-MM-DD') ?? '', until: range?.[1]?.format('YYYY-MM-DD') ?? '' })}
            />
          </>
        }
        words={said}
        onClear={list.clear}
        load={load}
        empty={<Empty title={t('empty')}>{t('empty.what')}</Empty>}
      >
        {(rows: readonly Entry[]) => (
          <DataTable
            caption={t('caption')}
            rows={rows}
            rowKey={(e) => e.id}
            onOpen={(e) => list.setOpen(e.id)}
            opened={list.open}
            columns={[
              { id: 'at', title: t('entry.at'), cell: (e) => <button type="button" className="as-link figure" onClick={() => list.setOpen(e.id)}><When at={e.at} minute /></button> },
              { id: 'actor', title: t('entry.actor'), cell: (e) => e.actor_name || e.actor },
              { id: 'verb', title: t('entry.verb'), cell: (e) => t.maybe('verb.', e.verb) },
              { id: 'object', title: t('entry.object'), cell: (e) => <ObjectLink object={e.object} /> },
              { id: 'reason', title: t('entry.reason'), cell: (e) => e.reason || <span className="muted">{k('empty.value')}</span> },
              { id: 'seq', title: t('entry.seq'), numeric: true, cell: (e) => e.seq ?? <span className="muted">{t('entry.waiting')}</span> },
            ]}
            card={(e) => (
              <>
                <div className="card-line">
                  <button type="button" className="as-link strong" onClick={() => list.setOpen(e.id)}>{t.maybe('verb.', e.verb)}</button>
                  <When at={e.at} minute />
                </div>
                <div className="card-line muted"><span>{e.actor_name || e.actor}</span><ObjectLink object={e.object} /></div>
                {e.reason && <div className="small">{e.reason}</div>}
              </>
            )}
          />
        )}
      </ListPage>
      <ProofDrawer id={list.open} entry={opened} onClose={() => list.setOpen('')} />
    </>
  );
}

function ObjectLink({ object }: { object: string }) {
  const t = useWords(words);
  const page = pageOf(object);
  const name = `${t.maybe('kind.', kindOf(object))} ${shortID(object)}`;
  return page ? <Link to={page}>{name}</Link> : <span>{name}</span>;
}

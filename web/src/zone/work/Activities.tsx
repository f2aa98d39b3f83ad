import { PlusOutlined } from '@ant-design/icons';
import { Button, DatePicker, Input, Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { queryOf } from '../../kit/address';
import { DataTable } from '../../kit/DataTable';
import { Money } from '../../kit/figures';
import { ListPage, useFilters } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { exactMoney, shortMoney } from '../../kit/money';
import { Empty } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { type Activity, activityTotals, listActivities, type Spent } from './api';
import ActivityForm from './ActivityForm';
import { ActivityState, Days, MinutesState } from './ActivityParts';
import { useCampaigns, useDepartments, useDictionary, usePlatforms } from './lookups';
import { words } from './words';

const SPEC = { q: 'text', status: 'text', method: 'text', campaign: 'text', platform: 'text', unit: 'text', since: 'text', until: 'text', owing: 'flag' } as const;

/** The list of promotion activities, with the months of a year above it. */
export default function Activities() {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const navigate = useNavigate();
  const { can } = useSession();
  const list = useFilters(SPEC);
  const f = list.filters;
  const { choices, nameOf } = useDepartments();
  const { dictionary, methodName, kindName } = useDictionary();
  const { campaigns, campaignName } = useCampaigns();
  const { nameOf: platformName } = usePlatforms();
  const [planning, setPlanning] = useState(false);
  const filter = queryOf(SPEC, f);
  const query = { ...filter, sort: list.sort || '-on_date', cursor: list.cursor, limit: 50 };
  const load = useLoad(`/activities?${JSON.stringify(query)}`, (signal) => listActivities(query, signal));
  const totals = useLoad(`/activities/totals?${JSON.stringify(filter)}`, (signal) => activityTotals(filter, signal)).data?.items ?? [];
  const said = list.active.map((name) => {
    switch (name) {
      case 'status':
        return t.maybe('status.', f.status);
      case 'method':
        return `${t('field.method')} ${methodName(f.method)}`;
      case 'campaign':
        return `${t('field.campaign')} ${campaignName(f.campaign)}`;
      case 'platform':
        return `${t('field.platform')} ${platformName(f.platform)}`;
      case 'unit':
        return `${t('field.unit')} ${nameOf(f.unit)}`;
      case 'owing':
        return t('filter.owing');
      case 'since':
      case 'until':
        return t(`filter.${name}`, { day: f[name] });
      default:
        return t('filter.q', { value: f.q });
    }
  });
  const link = (a: Activity) => (
    <Link className="clamp" to={`/activities/${a.id}`} title={a.name}>
      {a.name}
    </Link>
  );
  const named = (x: { zh: string; en: string }) => (lang === 'zh' ? x.zh : x.en || x.zh);
  return (
    <>
      <ListPage
        title={t('activities')}
        actions={
          <>
            <Link to="/methods">
              <Button tabIndex={-1}>{t('methods')}</Button>
            </Link>
            {can('work.activity') && (
              <Button type="primary" icon={<PlusOutlined />} onClick={() => setPlanning(true)}>
                {t('activity.plan')}
              </Button>
            )}
          </>
        }
        filters={
          <>
            <Input.Search key={f.q} allowClear defaultValue={f.q} aria-label={t('activity.q.label')} placeholder={t('activity.q.label')} onSearch={(q) => list.change({ q })} style={{ maxWidth: 240 }} />
            <Select allowClear aria-label={t('field.state')} placeholder={t('field.state')} value={f.status || undefined} onChange={(status?: string) => list.change({ status: status ?? '' })} options={(['planned', 'held', 'cancelled'] as const).map((s) => ({ value: s, label: t(`status.${s}`) }))} style={{ minWidth: 110 }} />
            <Select allowClear showSearch={{ optionFilterProp: 'label' }} popupMatchSelectWidth={260} aria-label={t('field.method')} placeholder={t('field.method')} value={f.method || undefined} onChange={(method?: string) => list.change({ method: method ?? '' })} options={(dictionary?.items ?? []).map((m) => ({ value: m.id, label: named(m) }))} style={{ minWidth: 130 }} />
            {campaigns.length > 0 && <Select allowClear aria-label={t('field.campaign')} placeholder={t('field.campaign')} value={f.campaign || undefined} onChange={(campaign?: string) => list.change({ campaign: campaign ?? '' })} options={campaigns.map((c) => ({ value: c.id, label: c.name }))} style={{ minWidth: 120 }} />}
            <Select allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={t('field.unit')} placeholder={t('field.unit')} value={f.unit || undefined} onChange={(unit?: string) => list.change({ unit: unit ?? '' })} options={choices} style={{ minWidth: 140 }} />
            <DatePicker.RangePicker aria-label={t('field.on_date')} allowEmpty={[true, true]} value={[f.since ? dayjs(f.since) : null, f.until ? dayjs(f.until) : null]} onChange={(r) => list.change({ since: r?.[0]?.format('YYYY-MM-DD') ?? '', until: r?.[1]?.format('YYYY-MM-DD') ?? '' })} />
            <Button type={f.owing ? 'primary' : 'default'} ghost={f.owing} aria-pressed={f.owing} onClick={() => list.change({ owing: !f.owing })}>
              {t('filter.owing')}
            </Button>
            <MonthStrip since={f.since} until={f.until} onChoose={(since, until) => list.change({ since, until })} />
          </>
        }
        words={said}
        onClear={list.clear}
        totals={<Sums totals={totals} />}
        load={load}
        empty={
          <Empty title={t('activities.none')} action={can('work.activity') && <Button onClick={() => setPlanning(true)}>{t('activity.plan')}</Button>}>
            {t('activities.none.what')}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            caption={t('activities')}
            rows={rows}
            rowKey={(a) => a.id}
            sort={list.sort || '-on_date'}
            onSort={list.setSort}
            onOpen={(a) => void navigate(`/activities/${a.id}`)}
            columns={[
              { id: 'name', title: t('field.name'), cell: (a) => <>{link(a)}<div className="muted small">{a.no} · {kindName(a.kind)}</div></> },
              { id: 'on', title: t('field.on_date'), sort: 'on_date', cell: (a) => <><Days activity={a} /><div className="muted small">{a.place}</div></> },
              { id: 'status', title: t('field.state'), cell: (a) => <ActivityState activity={a} /> },
              { id: 'firms', title: t('field.firms'), numeric: true, cell: (a) => (a.parties ?? []).length || <span className="muted">{k('empty.value')}</span> },
              { id: 'minutes', title: t('minutes'), cell: (a) => <MinutesState activity={a} /> },
              { id: 'method', title: t('field.method'), cell: (a) => (a.method ? methodName(a.method) : <span className="muted">{k('unknown.value')}</span>) },
              { id: 'cost', title: t('field.cost'), numeric: true, cell: (a) => <Money amount={a.cost} /> },
              { id: 'unit', title: t('field.unit'), cell: (a) => <>{a.unit_name}<div className="muted small">{a.owner_name}{a.owner_left && <span className="bad"> · {t('owner.left')}</span>}</div></> },
            ]}
            card={(a) => (
              <>
                <div className="card-line">
                  <span className="strong">{link(a)}</span>
                  <ActivityState activity={a} />
                </div>
                <div className="card-line muted small">
                  <Days activity={a} />
                  <span>{a.place}</span>
                </div>
                <div className="card-line small">
                  <MinutesState activity={a} />
                  <span className="muted">{t('firms.n', { n: (a.parties ?? []).length })}</span>
                </div>
              </>
            )}
          />
        )}
      </ListPage>
      <ActivityForm open={planning} onClose={() => setPlanning(false)} onSaved={(a) => void navigate(`/activities/${a.id}`)} />
    </>
  );
}

/** The months of a year; one narrows the list to itself. */
function MonthStrip({ since, until, onChoose }: { since: string; until: string; onChoose: (since: string, until: string) => void }) {
  const t = useWords(words);
  const year = Number((since || dayOf(Date.now())).slice(0, 4));
  const pad = (n: number) => String(n).padStart(2, '0');
  const days = (m: number) => new Date(Date.UTC(year, m, 0)).getUTCDate();
  const span = (m: number) => [`${year}-${pad(m)}-01`, `${year}-${pad(m)}-${days(m)}`] as const;
  return (
    <div className="month-strip" role="group" aria-label={t('months', { year })}>
      <Button type="text" size="small" onClick={() => onChoose(`${year - 1}-01-01`, `${year - 1}-12-31`)} aria-label={String(year - 1)}>
        ‹
      </Button>
      <Button type="text" size="small" aria-pressed={since === `${year}-01-01` && until === `${year}-12-31`} onClick={() => onChoose(`${year}-01-01`, `${year}-12-31`)}>
        {year}
      </Button>
      {Array.from({ length: 12 }, (_, i) => i + 1).map((m) => {
        const [from, to] = span(m);
        const on = since === from && until === to;
        return (
          <Button key={m} type={on ? 'primary' : 'text'} ghost={on} size="small" aria-pressed={on} onClick={() => (on ? onChoose('', '') : onChoose(from, to))}>
            {t('month', { n: m })}
          </Button>
        );
      })}
      <Button type="text" size="small" onClick={() => onChoose(`${year + 1}-01-01`, `${year + 1}-12-31`)} aria-label={String(year + 1)}>
        ›
      </Button>
    </div>
  );
}

/** How many took place, how many with a firm and minutes in time, and what they cost by currency. */
function Sums({ totals }: { totals: readonly Spent[] }) {
  const t = useWords(words);
  const lang = useLang();
  if (totals.length === 0) return null;
  const sum = (of: (s: Spent) => number) => totals.reduce((n, s) => n + of(s), 0);
  const costs = new Map<string, number>();
  totals.forEach((s) => s.stated > 0 && costs.set(s.cost.currency, (costs.get(s.cost.currency) ?? 0) + s.cost.minor));
  return (
    <p className="totals" data-testid="sums">
      <span>{t('sums.held', { n: sum((s) => s.held), firms: sum((s) => s.outside), minutes: sum((s) => s.in_time) })}</span>
      <span className="muted">{t('sums.planned', { n: sum((s) => s.planned) })}</span>
      {[...costs].map(([currency, minor]) => (
        <span key={currency} title={exactMoney({ minor, currency }, lang)}>
          {t('sums.cost')} <strong className="figure">{shortMoney({ minor, currency }, lang)}</strong>
        </span>
      ))}
    </p>
  );
}

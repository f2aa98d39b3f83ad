import { PlusOutlined } from '@ant-design/icons';
import { Button, DatePicker, Drawer, Input, Select, Tooltip } from 'antd';
import dayjs from 'dayjs';
import { type MouseEvent, useState } from 'react';
import { Link } from 'react-router';
import { queryOf } from '../../kit/address';
import { DataTable } from '../../kit/DataTable';
import { ExportMenu } from '../../kit/Download';
import { Day, Money, Text } from '../../kit/figures';
import { ListPage, useFilters } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { exactMoney, exponentOf, inputFigure, parseFigure, shortMoney } from '../../kit/money';
import { Empty } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { dayOf, daysBetween, daysText } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { listProjects, type Project, STAGES, type Totals, totalProjects } from './api';
import { useIndustries, useIndustryName, useUnits } from './lookups';
import ProjectBrief from './ProjectBrief';
import { StageTag } from './StageTag';
import { words } from './words';

const SPEC = { q: 'text', stage: 'list', unit: 'text', owner: 'text', investor: 'text', industry: 'text', kind: 'text', currency: 'text', min: 'text', max: 'text', since: 'text', until: 'text', origin: 'text', run: 'text', missing: 'flag' } as const;
const CURRENCIES = ['CNY', 'USD', 'EUR', 'JPY', 'HKD', 'KRW', 'GBP'] as const;

/** The list of projects. */
export default function Projects() {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const { can } = useSession();
  const list = useFilters(SPEC);
  const f = list.filters;
  const { units, nameOf } = useUnits();
  const industries = useIndustries();
  const industryName = useIndustryName();
  const [more, setMore] = useState(() => list.active.some((a) => !['q', 'stage', 'unit', 'missing'].includes(a)));
  const filter = queryOf(SPEC, f);
  const query = { ...filter, sort: list.sort, cursor: list.cursor, limit: 50 };
  const load = useLoad(`/projects?${JSON.stringify(query)}`, (signal) => listProjects(query, signal));
  const totals = useLoad(`/projects/totals?${JSON.stringify(filter)}`, (signal) => totalProjects(filter, signal)).data;
  const today = dayOf(Date.now());

  const amountText = (figure: string, currency: string) => {
    const minor = parseFigure(figure, currency);
    return minor === null ? `${currency} ${figure}` : shortMoney({ minor, currency }, lang);
  };
  const said = list.active.filter((name) => name !== 'currency' || (!f.min && !f.max)).map((name) => {
    switch (name) {
      case 'stage':
        return f.stage.map((s) => t.maybe('stage.', s)).join(lang === 'zh' ? '、' : ' or ');
      case 'unit':
        return `${t('field.unit')} ${nameOf(f.unit)}`;
      case 'industry':
        return `${t('field.industry')} ${industryName(f.industry)}`;
      case 'missing':
        return t('filter.missing');
      case 'origin':
        return t.maybe('origin.', f.origin);
      case 'kind':
        return t.maybe('kind.', f.kind);
      case 'min':
      case 'max':
        return t(`filter.${name}`, { amount: amountText(f[name], f.currency) });
      case 'since':
      case 'until':
        return t(`filter.${name}`, { day: f[name] });
      default:
        return t(`filter.${name}`, { value: f[name] });
    }
  });

  const openLink = (p: Project) => (
    <Link
      className="clamp"
      title={p.name}
      to={`/projects/${p.id}`}
      onClick={(e: MouseEvent) => {
        if (e.metaKey || e.ctrlKey || e.shiftKey) return;
        e.preventDefault();
        list.setOpen(p.id);
      }}
    >
      {p.name}
    </Link>
  );
  const inStage = (p: Project) => {
    const days = daysBetween(p.stage_since, today);
    return days === null ? <span className="muted">{k('unknown.value')}</span> : <span title={p.stage_since}>{daysText(days, lang)}</span>;
  };

  return (
    <>
      <ListPage
        title={t('title')}
        count={totals?.count}
        actions={
          <>
            {can('pipeline.export') && <ExportMenu path="/projects/export" query={filter} />}
            {can('pipeline.open') && (
              <Link to="/projects/new">
                <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
                  {t('new')}
                </Button>
              </Link>
            )}
          </>
        }
        filters={
          <>
            <Input.Search key={f.q} allowClear defaultValue={f.q} aria-label={t('filter.q.label')} placeholder={t('filter.q.label')} onSearch={(q) => list.change({ q })} style={{ maxWidth: 280 }} />
            <Select mode="multiple" maxTagCount="responsive" allowClear aria-label={t('field.stage')} placeholder={t('field.stage')} value={f.stage} onChange={(stage) => list.change({ stage })} options={STAGES.map((s) => ({ value: s, label: t(`stage.${s}`) }))} style={{ minWidth: 180 }} />
            <Select allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={t('field.unit')} placeholder={t('field.unit')} value={f.unit || undefined} onChange={(unit?: string) => list.change({ unit: unit ?? '' })} options={units.map((u) => ({ value: u.id, label: nameOf(u.id) }))} style={{ minWidth: 160 }} />
            <Button type={f.missing ? 'primary' : 'default'} ghost={f.missing} aria-pressed={f.missing} onClick={() => list.change({ missing: !f.missing })}>
              {t('filter.missing')}
            </Button>
            <Button type="text" aria-expanded={more} onClick={() => setMore(!more)}>
              {k('filter.more')}
            </Button>
            {more && (
              <div className="filters more-filters">
                <Select allowClear showSearch={{ optionFilterProp: 'label' }} popupMatchSelectWidth={320} aria-label={t('field.industry')} placeholder={t('field.industry')} value={f.industry || undefined} onChange={(industry?: string) => list.change({ industry: industry ?? '' })} options={industries.map((i) => ({ value: i.code, label: `${i.code} ${lang === 'zh' ? i.zh : i.en}` }))} style={{ minWidth: 180 }} />
                <Select allowClear aria-label={t('field.kind')} placeholder={t('field.kind')} value={f.kind || undefined} onChange={(kind?: string) => list.change({ kind: kind ?? '' })} options={(['new', 'expansion'] as const).map((v) => ({ value: v, label: t(`kind.${v}`) }))} />
                <Select allowClear aria-label={t('field.origin')} placeholder={t('field.origin')} value={f.origin || undefined} onChange={(origin?: string) => list.change({ origin: origin ?? '' })} options={(['entered', 'imported'] as const).map((v) => ({ value: v, label: t(`origin.${v}`) }))} />
                <DatePicker.RangePicker aria-label={t('field.stage_since')} allowEmpty={[true, true]} value={[f.since ? dayjs(f.since) : null, f.until ? dayjs(f.until) : null]} onChange={(r) => list.change({ since: r?.[0]?.format('YYYY-MM-DD') ?? '', until: r?.[1]?.format('YYYY-MM-DD') ?? '' })} />
                <AmountFilter currency={f.currency} min={f.min} max={f.max} onChange={list.change} />
              </div>
            )}
          </>
        }
        words={said}
        onClear={list.clear}
        totals={totals && <TotalsLine totals={totals} />}
        load={load}
        empty={
          <Empty
            title={t('empty')}
            action={
              <span className="row">
                {can('pipeline.open') && <Link to="/projects/new">{t('new')}</Link>}
                {can('intake.run') && <Link to="/imports/new">{t('empty.import')}</Link>}
              </span>
            }
          >
            {t('empty.what')}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            caption={t('caption')}
            rows={rows}
            rowKey={(p) => p.id}
            sort={list.sort || '-updated_at'}
            onSort={list.setSort}
            onOpen={(p) => list.setOpen(p.id)}
            opened={list.open}
            columns={[
              { id: 'name', title: t('field.name'), sort: 'name', cell: (p) => <>{openLink(p)}<div className="muted small">{p.code}</div></> },
              { id: 'stage', title: t('field.stage'), cell: (p) => <StageTag stage={p.stage} /> },
              { id: 'since', title: t('in.stage'), sort: 'stage_since', numeric: true, cell: inStage },
              { id: 'missing', title: t('missing'), numeric: true, cell: (p) => (p.missing > 0 ? <span className="warn">{t('missing.n', { n: p.missing })}</span> : <span className="muted">{k('empty.value')}</span>) },
              { id: 'amount', title: t('field.total_investment'), sort: 'amount', numeric: true, cell: (p) => <Money amount={p.total_investment} /> },
              { id: 'investor', title: t('field.investor'), cell: (p) => <Text value={p.investor_name} /> },
              { id: 'unit', title: t('field.unit'), cell: (p) => <>{p.unit_name || nameOf(p.unit) || k('unknown.value')}{p.owner_name && <div className="muted small">{p.owner_name}</div>}</> },
              { id: 'updated', title: t('updated'), sort: 'updated_at', numeric: true, cell: (p) => <Day on={dayOf(p.updated_at)} /> },
            ]}
            card={(p) => (
              <>
                <div className="card-line">
                  <span className="strong">{openLink(p)}</span>
                  <StageTag stage={p.stage} />
                </div>
                <div className="card-line muted small">
                  <span>{p.investor_name || p.code}</span>
                  <Money amount={p.total_investment} />
                </div>
                <div className="card-line muted small">
                  <span>
                    {t('in.stage')} {inStage(p)}
                  </span>
                  {p.missing > 0 && <span className="warn">{t('missing.n', { n: p.missing })}</span>}
                </div>
              </>
            )}
          />
        )}
      </ListPage>
      <Drawer
        open={list.open !== ''}
        onClose={() => list.setOpen('')}
        size="min(560px, 100vw)"
        title={t('brief')}
        destroyOnHidden
        extra={
          <Link to={`/projects/${list.open}`}>
            <Button tabIndex={-1}>{k('open.page')}</Button>
          </Link>
        }
      >
        {list.open && <ProjectBrief id={list.open} />}
      </Drawer>
    </>
  );
}

type Bounds = { currency?: string; min?: string; max?: string };

function AmountFilter({ currency, min, max, onChange }: { currency: string; min: string; max: string; onChange: (patch: Bounds) => void }) {
  const t = useWords(words);
  const bound = { currency: currency || 'CNY', onChange };
  return (
    <span className="row">
      <Select aria-label={t('field.currency')} value={bound.currency} onChange={(c) => onChange({ currency: c })} options={CURRENCIES.map((c) => ({ value: c, label: c }))} style={{ minWidth: 84 }} />
      <AmountBound key={'min' + min} name="min" value={min} {...bound} />
      <AmountBound key={'max' + max} name="max" value={max} {...bound} />
    </span>
  );
}

/** One bound of the amount, as one writes it (10亿); what is no amount is told and not asked for. */
function AmountBound({ name, value, currency, onChange }: { name: 'min' | 'max'; value: string; currency: string; onChange: (patch: Bounds) => void }) {
  const t = useWords(words);
  const [wrong, setWrong] = useState(false);
  const take = (text: string) => {
    const minor = text.trim() ? parseFigure(text, currency) : 0n;
    setWrong(minor === null);
    const asked = minor ? inputFigure({ minor, currency }) : '';
    if (minor !== null && asked !== value) onChange({ [name]: asked, currency });
  };
  const label = t(`filter.${name}.label`);
  return (
    <Tooltip open={wrong} title={t('amount.wrong', { digits: exponentOf(currency) })}>
      <Input allowClear inputMode="decimal" status={wrong ? 'error' : ''} aria-label={label} aria-invalid={wrong} placeholder={label} defaultValue={value} onBlur={(e) => take(e.target.value)} onPressEnter={(e) => take(e.currentTarget.value)} onClear={() => take('')} style={{ width: 190 }} />
    </Tooltip>
  );
}

function TotalsLine({ totals }: { totals: Totals }) {
  const t = useWords(words);
  const lang = useLang();
  const stated = (totals.by_currency ?? []).filter((c) => c.currency);
  const unstated = (totals.by_currency ?? []).find((c) => !c.currency)?.count ?? 0;
  if (totals.count === 0) return null;
  return (
    <p className="totals" data-testid="totals">
      {stated.map((c) => (
        <span key={c.currency}>
          {t('totals', { currency: c.currency, n: c.count })} <strong className="figure" title={exactMoney(c.total_investment, lang)}>{shortMoney(c.total_investment, lang)}</strong>
          {c.fixed_investment.minor > 0 && <span className="muted" title={exactMoney(c.fixed_investment, lang)}> {t('totals.fixed', { amount: shortMoney(c.fixed_investment, lang) })}</span>}
        </span>
      ))}
      {unstated > 0 && <span className="muted">{t('totals.unstated', { n: unstated })}</span>}
    </p>
  );
}

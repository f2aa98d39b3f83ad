import { Button, DatePicker, Input, Select, Tooltip } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import type { ListState } from '../../kit/ListPage';
import { useKit } from '../../kit/locale';
import { usePhone } from '../../kit/theme';
import { exponentOf, inputFigure, parseFigure, shortMoney } from '../../kit/money';
import { useLang, useWords } from '../../kit/words';
import { CHAIN, STAGES } from './api';
import { AsOfPicker } from './AsOf';
import { useIndustries, useIndustryName, useNamed, useTracks, useUnits } from './lookups';
import { chainOf, trackOf, useStageName, useTrackList } from './tracks';
import { words } from './words';

/** The filters of the project list, as they stand in the address. */
export const SPEC = { q: 'text', stage: 'list', exact: 'flag', unit: 'text', owner: 'text', investor: 'text', industry: 'text', kind: 'text', currency: 'text', min: 'text', max: 'text', since: 'text', until: 'text', origin: 'text', run: 'text', missing: 'flag', track: 'text', platform: 'text', activity: 'text', method: 'text', campaign: 'text', overdue: 'flag', as_of: 'text' } as const;
const CURRENCIES = ['CNY', 'USD', 'EUR', 'JPY', 'HKD', 'KRW', 'GBP'] as const;

type List = ListState<typeof SPEC>;

/** The filter row; what is asked for rarely stands behind one button. */
export function ProjectFilters({ list }: { list: List }) {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const phone = usePhone();
  const f = list.filters;
  const { units, nameOf } = useUnits();
  const industries = useIndustries();
  const name = useStageName();
  const tracks = useTrackList();
  // The stages every pipeline has; with a pipeline chosen, its own steps too.
  const chain: readonly string[] = f.track ? chainOf(trackOf(tracks, f.track)) : CHAIN;
  const stages = [...new Set([...chain, ...STAGES, ...f.stage])];
  const [more, setMore] = useState(() => list.active.some((a) => !['q', 'stage', 'unit', 'missing', 'overdue'].includes(a)));
  const often = (
    <>
      <Select mode="multiple" maxTagCount="responsive" allowClear aria-label={t('field.stage')} placeholder={t('field.stage')} value={f.stage} onChange={(stage) => list.change({ stage })} options={stages.map((s) => ({ value: s, label: name(s, f.track || undefined) }))} style={{ minWidth: 180 }} />
      <Select allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={t('field.unit')} placeholder={t('field.unit')} value={f.unit || undefined} onChange={(unit?: string) => list.change({ unit: unit ?? '' })} options={units.map((u) => ({ value: u.id, label: nameOf(u.id) }))} style={{ minWidth: 160 }} />
      <Button type={f.missing ? 'primary' : 'default'} ghost={f.missing} aria-pressed={f.missing} onClick={() => list.change({ missing: !f.missing })}>
        {t('filter.missing')}
      </Button>
      <Button type={f.overdue ? 'primary' : 'default'} ghost={f.overdue} aria-pressed={f.overdue} onClick={() => list.change({ overdue: !f.overdue })}>
        {t('filter.overdue')}
      </Button>
    </>
  );
  return (
    <>
      <Input.Search key={f.q} allowClear defaultValue={f.q} aria-label={t('filter.q.label')} placeholder={t('filter.q.label')} onSearch={(q) => list.change({ q })} style={{ maxWidth: 280 }} />
      {!phone && often}
      <Button type="text" aria-expanded={more} onClick={() => setMore(!more)}>
        {k('filter.more')}
      </Button>
      {more && (
        <div className="filters more-filters">
          {phone && often}
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} popupMatchSelectWidth={320} aria-label={t('field.industry')} placeholder={t('field.industry')} value={f.industry || undefined} onChange={(industry?: string) => list.change({ industry: industry ?? '' })} options={industries.map((i) => ({ value: i.code, label: `${i.code} ${lang === 'zh' ? i.zh : i.en}` }))} style={{ minWidth: 180 }} />
          <TrackFilter value={f.track} onChange={(track) => list.change({ track })} />
          <NamedFilter path="/platforms" label={t('filter.platform.label')} value={f.platform} onChange={(platform) => list.change({ platform })} />
          <NamedFilter path="/methods" label={t('filter.method.label')} value={f.method} onChange={(method) => list.change({ method })} />
          <NamedFilter path="/campaigns" label={t('filter.campaign.label')} value={f.campaign} onChange={(campaign) => list.change({ campaign })} />
          <Select allowClear aria-label={t('field.kind')} placeholder={t('field.kind')} value={f.kind || undefined} onChange={(kind?: string) => list.change({ kind: kind ?? '' })} options={(['new', 'expansion'] as const).map((v) => ({ value: v, label: t(`kind.${v}`) }))} />
          <Select allowClear aria-label={t('field.origin')} placeholder={t('field.origin')} value={f.origin || undefined} onChange={(origin?: string) => list.change({ origin: origin ?? '' })} options={(['entered', 'imported'] as const).map((v) => ({ value: v, label: t(`origin.${v}`) }))} />
          <DatePicker.RangePicker aria-label={t('field.stage_since')} allowEmpty={[true, true]} value={[f.since ? dayjs(f.since) : null, f.until ? dayjs(f.until) : null]} onChange={(r) => list.change({ since: r?.[0]?.format('YYYY-MM-DD') ?? '', until: r?.[1]?.format('YYYY-MM-DD') ?? '' })} />
          <AsOfPicker value={f.as_of} onChange={(as_of) => list.change({ as_of })} />
          <AmountFilter currency={f.currency} min={f.min} max={f.max} onChange={list.change} />
        </div>
      )}
    </>
  );
}

function TrackFilter({ value, onChange }: { value: string; onChange: (track: string) => void }) {
  const t = useWords(words);
  const { tracks, nameOf } = useTracks();
  if (tracks.length === 0) return null;
  return <Select allowClear aria-label={t('field.track')} placeholder={t('field.track')} value={value || undefined} onChange={(track?: string) => onChange(track ?? '')} options={tracks.map((x) => ({ value: x.id, label: nameOf(x.id) }))} style={{ minWidth: 150 }} />;
}

function NamedFilter({ path, label, value, onChange }: { path: '/platforms' | '/methods' | '/campaigns'; label: string; value: string; onChange: (id: string) => void }) {
  const { items, nameOf } = useNamed(path);
  if (items.length === 0) return null;
  return <Select allowClear showSearch={{ optionFilterProp: 'label' }} popupMatchSelectWidth={260} aria-label={label} placeholder={label} value={value || undefined} onChange={(id?: string) => onChange(id ?? '')} options={items.map((x) => ({ value: x.id, label: nameOf(x.id) }))} style={{ minWidth: 150 }} />;
}

/** The filters that are set, in words. */
export function useFilterWords(list: List): string[] {
  const t = useWords(words);
  const lang = useLang();
  const f = list.filters;
  const { nameOf } = useUnits();
  const trackName = useTracks().nameOf;
  const named = { platform: useNamed('/platforms'), method: useNamed('/methods'), campaign: useNamed('/campaigns') };
  const industryName = useIndustryName();
  const stageName = useStageName();
  const amountText = (figure: string, currency: string) => {
    const minor = parseFigure(figure, currency);
    return minor === null ? `${currency} ${figure}` : shortMoney({ minor, currency }, lang);
  };
  return list.active.filter((name) => name !== 'currency' || (!f.min && !f.max)).map((name) => {
    switch (name) {
      case 'stage':
        return f.stage.map((s) => stageName(s, f.track || undefined)).join(lang === 'zh' ? '、' : ' or ');
      case 'unit':
        return `${t('field.unit')} ${nameOf(f.unit)}`;
      case 'industry':
        return `${t('field.industry')} ${industryName(f.industry)}`;
      case 'exact':
      case 'missing':
      case 'overdue':
        return t(`filter.${name}`);
      case 'track':
        return trackName(f.track);
      case 'platform':
      case 'method':
      case 'campaign':
        return t(`filter.${name}`, { value: named[name].nameOf(f[name]) });
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


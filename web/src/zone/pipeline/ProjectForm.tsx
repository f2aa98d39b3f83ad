import { Form, type FormInstance, Input, Radio, Select, Space } from 'antd';
import { useEffect, useState } from 'react';
import { get } from '../../kit/api';
import { DayField } from '../../kit/DayField';
import { useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { useSession } from '../../kit/session';
import { dayOf } from '../../kit/when';
import { exponentOf, inputFigure, parseFigure, shortMoney } from '../../kit/money';
import type { Page } from '../../kit/types';
import { useLang, useWords } from '../../kit/words';
import type { ApiMoney, Project, Track } from './api';
import { brought, type Bringer } from './brought';
import { type BringingActivity, type NamedList, useActivity, useIndustries, useNamed, useUnits } from './lookups';
import { trackOf, useTrackList } from './tracks';
import { words } from './words';

const CURRENCIES = ['CNY', 'USD', 'EUR', 'JPY', 'HKD', 'KRW', 'GBP', 'CHF', 'SGD', 'TWD', 'RUB', 'AUD', 'CAD'] as const;

/** An amount while it is being typed. */
export interface Typed {
  figure: string;
  currency: string;
}

/** The form's values. */
export interface ProjectValues {
  platform: string;
  track: string;
  name: string;
  kind: string;
  builds: boolean;
  investor: string;
  investor_name: string;
  industry: string;
  site: string;
  scope: string;
  summary: string;
  source: string;
  activity: string;
  method: string;
  campaign: string;
  finder: string;
  found_on: string;
  total_investment: Typed;
  fixed_investment: Typed;
  terms: string;
  unit: string;
  owner: string;
}

const NO_AMOUNT: Typed = { figure: '', currency: 'CNY' };

/** What an empty form starts with. */
export const BLANK: ProjectValues = { platform: '', track: 'general', name: '', kind: 'new', builds: true, investor: '', investor_name: '', industry: '', site: '', scope: '', summary: '', source: '', activity: '', method: '', campaign: '', finder: '', found_on: '', total_investment: NO_AMOUNT, fixed_investment: NO_AMOUNT, terms: '', unit: '', owner: '' };

/** The form's values of a project. */
export function valuesOf(p: Project): ProjectValues {
  const typed = (m: ApiMoney | null | undefined): Typed => (m?.currency ? { figure: inputFigure(m), currency: m.currency } : NO_AMOUNT);
  return { ...BLANK, ...Object.fromEntries(Object.keys(BLANK).map((name) => [name, p[name as keyof Project] ?? BLANK[name as keyof ProjectValues]])), total_investment: typed(p.total_investment), fixed_investment: typed(p.fixed_investment) } as ProjectValues;
}

/** The API's facts of changed values: only what differs from before is sent. */
export function factsOf(values: ProjectValues, before: ProjectValues): Record<string, unknown> {
  const facts: Record<string, unknown> = {};
  for (const name of Object.keys(BLANK) as (keyof ProjectValues)[]) {
    const value = values[name] ?? BLANK[name];
    if (JSON.stringify(value) === JSON.stringify(before[name])) continue;
    facts[name] = typeof value === 'object' ? moneyOf(value) : value;
  }
  return facts;
}

function moneyOf(typed: Typed): ApiMoney {
  const minor = typed.figure.trim() ? parseFigure(typed.figure, typed.currency) : null;
  return minor === null ? { minor: 0, currency: '' } : { minor: Number(minor), currency: typed.currency };
}

/** The fields of a project, grouped by meaning; those masked for the reader cannot be typed into, those needed cannot be left out. fresh has what is chosen already bring what goes with it. */
export function ProjectFields({ form, masked = [], needed = [], fresh = false }: { form: FormInstance<ProjectValues>; masked?: readonly string[]; needed?: readonly string[]; fresh?: boolean }) {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const industries = useIndustries();
  const { units, nameOf } = useUnits();
  const lists: Lists = { platform: useNamed('/platforms'), method: useNamed('/methods'), campaign: useNamed('/campaigns') };
  const track = trackOf(useTrackList(), (Form.useWatch('track', form) as string | undefined) ?? '');
  const trackName = track?.[lang] ?? '';
  const settled = Boolean(track?.builds); // the track says whether anything is built
  const lacking = (name: string) => (needed.includes(name) ? t('field.needed', { field: t.maybe('field.', name) }) : '');
  const text = (name: keyof ProjectValues & string, max: number, rows = 0, extra?: string) => (
    <Form.Item name={name} label={t.maybe('field.', name)} {...(extra ? { extra } : {})} rules={lacking(name) ? [{ required: true, whitespace: true, message: lacking(name) }] : []}>
      {masked.includes(name) ? <Input disabled /> : rows > 0 ? <Input.TextArea autoSize={{ minRows: rows, maxRows: 10 }} maxLength={max} /> : <Input maxLength={max} />}
    </Form.Item>
  );
  return (
    <>
      <h3>{t('group.track')}</h3>
      <TrackFields form={form} platforms={lists.platform} fresh={fresh} />
      <h3>{t('group.what')}</h3>
      <Form.Item name="name" label={t('field.name')} rules={[{ required: true, whitespace: true, message: t('name.needed') }]}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="kind" label={t('field.kind')} extra={t('kind.why')}>
        <Radio.Group options={(['new', 'expansion'] as const).map((v) => ({ value: v, label: t(`kind.${v}`) }))} />
      </Form.Item>
      <Form.Item name="builds" label={t('field.builds')} extra={settled ? t('builds.settled', { track: trackName }) : t('builds.why')}>
        <Radio.Group disabled={settled} options={[{ value: true, label: t('builds.yes') }, { value: false, label: t('builds.no') }]} />
      </Form.Item>
      <Form.Item name="industry" label={t('field.industry')}>
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={[{ value: '', label: k('unknown.value') }, ...industries.map((i) => ({ value: i.code, label: `${i.code} ${lang === 'zh' ? i.zh : i.en}` }))]} />
      </Form.Item>
      {text('summary', 8000, 2)}
      <h3>{t('group.who')}</h3>
      <PartyField form={form} />
      {text('investor_name', 200, 0, t('investor_name.why'))}
      <h3>{t('group.lead')}</h3>
      {text('source', 300)}
      <ActivityField form={form} lists={lists} fresh={fresh} />
      <NamedField name="method" list={lists.method} />
      <NamedField name="campaign" list={lists.campaign} />
      {text('finder', 100, 0, t('finder.why'))}
      <DayField name="found_on" label={t('field.found_on')} needed={lacking('found_on')} />
      <h3>{t('group.contract')}</h3>
      <AmountField name="total_investment" />
      <AmountField name="fixed_investment" />
      {text('site', 300)}
      {text('scope', 1000, 2, t('scope.why'))}
      {text('terms', 8000, 2, t('terms.why'))}
      <h3>{t('group.held')}</h3>
      <Form.Item name="unit" label={t('field.unit')}>
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={[{ value: '', label: k('unknown.value') }, ...units.map((u) => ({ value: u.id, label: nameOf(u.id) }))]} />
      </Form.Item>
      <OwnerField />
    </>
  );
}

/** The pipeline of an id, the general one when there is none, and whether it builds where the pipeline settles that. */
export function following(tracks: readonly Track[], id: string | undefined): Partial<ProjectValues> {
  const track = trackOf(tracks, id ?? '');
  return { track: id || 'general', ...(track?.builds ? { builds: track.builds === 'build' } : {}) };
}

/** The platform a project is on and the pipeline it follows: a platform brings its own, and a pipeline settles whether anything is built. */
function TrackFields({ form, platforms, fresh }: { form: FormInstance<ProjectValues>; platforms: NamedList; fresh: boolean }) {
  const t = useWords(words);
  const lang = useLang();
  const tracks = useTrackList();
  const today = dayOf(Date.now());
  const platform = (Form.useWatch('platform', form) as string | undefined) ?? '';
  const chosen = trackOf(tracks, (Form.useWatch('track', form) as string | undefined) ?? '');
  const follow = (id: string) => form.setFieldsValue(following(tracks, platforms.items.find((p) => p.id === id)?.track));
  const known = fresh && platforms.ready && tracks.length > 0;
  useEffect(() => {
    if (known && platform) follow(platform);
  }, [known, platform]);
  return (
    <>
      {platforms.items.length > 0 && (
        <Form.Item name="platform" label={t('field.platform')} extra={t('platform.why')}>
          <Select options={[{ value: '', label: t('platform.none') }, ...choices(platforms, platform)]} onChange={follow} />
        </Form.Item>
      )}
      <Form.Item name="track" label={t('field.track')} extra={chosen ? (lang === 'zh' ? chosen.meaning_zh : chosen.meaning_en) : undefined}>
        <Select options={tracks.filter((x) => x.valid_from <= today).map((x) => ({ value: x.id, label: x[lang] }))} onChange={(id: string) => form.setFieldsValue(following(tracks, id))} />
      </Form.Item>
    </>
  );
}

/** What can be chosen today, and what stands there although it has ended. */
function choices(list: NamedList, chosen: string): { value: string; label: string }[] {
  const ids = list.open.map((x) => x.id);
  if (chosen && !ids.includes(chosen)) ids.unshift(chosen);
  return ids.map((id) => ({ value: id, label: list.nameOf(id) }));
}

interface Official {
  id: string;
  name: string;
  unit: string;
  position: string;
  account: string;
}

/** Those who hold an office. */
export function useOfficials(): readonly Official[] {
  return useLoad('officials', (signal) => get<Page<Official>>('/officials', { limit: 200 }, signal)).data?.items ?? [];
}

/** The responsible official, chosen among those in office who have an account. */
export function OwnerField({ keep }: { keep?: string } = {}) {
  const t = useWords(words);
  const k = useKit();
  const { nameOf } = useUnits();
  const officials = useOfficials();
  const options = officials.filter((o) => o.account).map((o) => ({ value: o.account, label: `${o.name} · ${nameOf(o.unit)} ${o.position}` }));
  return (
    <Form.Item name="owner" label={t('field.owner')}>
      <Select allowClear showSearch={{ optionFilterProp: 'label' }} {...(keep ? { placeholder: keep } : {})} options={keep ? options : [{ value: '', label: k('unknown.value') }, ...options]} />
    </Form.Item>
  );
}

/** A method or a campaign. */
function NamedField({ name, list }: { name: 'method' | 'campaign'; list: NamedList }) {
  const t = useWords(words);
  const k = useKit();
  const chosen = (Form.useWatch(name) as string | undefined) ?? '';
  const options = choices(list, chosen);
  if (options.length === 0) return null;
  return (
    <Form.Item name={name} label={t(`field.${name}`)} extra={t(`why.${name}`)}>
      <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={[{ value: '', label: k('unknown.value') }, ...options]} />
    </Form.Item>
  );
}

/** Text as it is typed, once typing pauses. */
function usePaused(text: string): string {
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return asked;
}

type Lists = Record<'platform' | 'method' | 'campaign', NamedList>;

/** The activity that brought the lead, searched by name; it brings its method, campaign and platform where none is chosen. */
function ActivityField({ form, lists, fresh }: { form: FormInstance<ProjectValues>; lists: Lists; fresh: boolean }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const tracks = useTrackList();
  const [q, setQ] = useState('');
  const asked = usePaused(q);
  const chosen = (Form.useWatch('activity', form) as string | undefined) ?? '';
  const known = useActivity(chosen);
  const found = useLoad(can('work.read') ? `/activities?${asked}` : null, (signal) => get<Page<BringingActivity & { status: string }>>('/activities', { q: asked, sort: '-on_date', limit: 20 }, signal)).data?.items ?? [];
  const all: BringingActivity[] = found.filter((a) => a.status !== 'cancelled');
  if (known && !all.some((a) => a.id === chosen)) all.unshift(known);
  const bring = (a: Bringer) => {
    const filled = brought(a, form.getFieldsValue(true) as Partial<ProjectValues>, (origin, id) => lists[origin].open.some((x) => x.id === id));
    form.setFieldsValue({ ...filled, ...(filled.platform ? following(tracks, lists.platform.items.find((p) => p.id === filled.platform)?.track) : {}) });
  };
  const arrived = fresh && known && tracks.length > 0 && Object.values(lists).every((l) => l.ready);
  useEffect(() => {
    if (arrived) bring(known);
  }, [Boolean(arrived), chosen]);
  if (!can('work.read')) return null;
  const options = all.map((a) => ({ value: a.id, label: `${a.name} · ${a.on_date}` }));
  if (chosen && !options.some((o) => o.value === chosen)) options.unshift({ value: chosen, label: known === null ? t('activity.hidden') : k('loading') });
  return (
    <Form.Item name="activity" label={t('field.activity')} extra={t('activity.why')}>
      <Select
        allowClear
        showSearch={{ filterOption: false, onSearch: setQ }}
        options={[{ value: '', label: k('unknown.value') }, ...options]}
        onChange={(id?: string) => {
          const activity = all.find((a) => a.id === id);
          if (activity) bring(activity);
        }}
      />
    </Form.Item>
  );
}

interface Candidate {
  id: string;
  name: string;
  credit_code?: string;
}

/** The registered investor, searched by name or code. */
function PartyField({ form }: { form: FormInstance<ProjectValues> }) {
  const t = useWords(words);
  const k = useKit();
  const [q, setQ] = useState('');
  const asked = usePaused(q);
  const found = useLoad(`/parties?${asked}`, (signal) => get<Page<Candidate>>('/parties', { q: asked, limit: 20 }, signal)).data?.items ?? [];
  const chosen = Form.useWatch('investor', form) as string | undefined;
  const chosenName = (Form.useWatch('investor_name', form) as string | undefined) ?? '';
  const options = found.map((c) => ({ value: c.id, label: c.credit_code ? `${c.name} · ${c.credit_code}` : c.name, name: c.name }));
  if (chosen && !options.some((o) => o.value === chosen)) options.unshift({ value: chosen, label: chosenName || chosen, name: chosenName });
  return (
    <Form.Item name="investor" label={t('field.investor')} extra={t('investor.why')}>
      <Select
        allowClear
        showSearch={{ filterOption: false, onSearch: setQ }}
        options={[{ value: '', label: k('unknown.value'), name: '' }, ...options]}
        onChange={(_, option) => {
          const name = (option as { name?: string } | undefined)?.name;
          if (name) form.setFieldValue('investor_name', name);
        }}
      />
    </Form.Item>
  );
}

/** An amount: the figure as one writes it (1.2亿, 3500万, 12,000,000) and its currency; reads back what it understood. */
function AmountField({ name }: { name: 'total_investment' | 'fixed_investment' }) {
  const t = useWords(words);
  const lang = useLang();
  const typed = Form.useWatch(name) as Typed | undefined;
  const minor = typed?.figure?.trim() ? parseFigure(typed.figure, typed.currency) : null;
  return (
    <Form.Item
      label={t(`field.${name}`)}
      htmlFor={`${name}_figure`}
      required={false}
      extra={minor !== null && typed ? t('amount.read', { amount: shortMoney({ minor, currency: typed.currency }, lang) }) : t('amount.how')}
    >
      <Space.Compact style={{ display: 'flex', maxWidth: 360 }}>
        <Form.Item
          noStyle
          name={[name, 'figure']}
          rules={[
            {
              validator: (_, value: string) => {
                const read = value?.trim() ? parseFigure(value, typed?.currency ?? 'CNY') : 0n;
                if (read === null || read > BigInt(Number.MAX_SAFE_INTEGER)) return Promise.reject(new Error(t('amount.wrong', { digits: exponentOf(typed?.currency ?? 'CNY') })));
                return Promise.resolve();
              },
            },
          ]}
        >
          <Input inputMode="decimal" />
        </Form.Item>
        <Form.Item noStyle name={[name, 'currency']}>
          <Select aria-label={t('field.currency')} style={{ width: 96 }} options={CURRENCIES.map((c) => ({ value: c, label: c }))} />
        </Form.Item>
      </Space.Compact>
    </Form.Item>
  );
}

import { InfoCircleOutlined } from '@ant-design/icons';
import { Alert, Button, DatePicker, Select, Tooltip } from 'antd';
import dayjs from 'dayjs';
import { lazy, Suspense, useState } from 'react';
import { get } from '../../kit/api';
import { When } from '../../kit/figures';
import { PageHead, useFilters } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { shortMoney } from '../../kit/money';
import { Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { dayOf } from '../../kit/when';
import { type Lang, type Say, useLang, useWords } from '../../kit/words';
import { useUnits } from '../pipeline/lookups';
import { type Board, type Figure, getBoard, type Value } from './api';
import FigureDrawer from './FigureDrawer';
import { decimal, isShare, ofN, percent } from './figures';
import './score.css';
import { aimed, dueOf } from './settle';
import { words } from './words';

const Charts = lazy(() => import('./Charts'));
const SPEC = { from: 'text', until: 'text', as_of: 'text', platform: 'text', unit: 'text', kind: 'text' } as const;

/** The colour of a light; beside it stands what it means in words. */
const TONES: Readonly<Record<string, string>> = { green: 'green', amber: 'amber', red: 'red' };

/** What the scoreboard's words are said with. */
export type Sayer = Say<Extract<keyof typeof words.zh, string>>;

/** 成效: the six lights, their figures, and the plots. */
export default function Scoreboard() {
  const t = useWords(words);
  const list = useFilters(SPEC);
  const { nameOf } = useUnits();
  const [open, setOpen] = useState('');
  const query = Object.fromEntries(Object.entries(list.filters).filter(([, v]) => v));
  const key = JSON.stringify(query);
  const load = useLoad(`scoreboard?${key}`, (signal) => getBoard(query, signal));
  useTitle(t('title'));
  const board = load.data;
  const shown = [...(board?.lights ?? []).flatMap((l) => l.figures ?? []), ...(board?.guards ?? [])].find((f) => f.id === open);
  return (
    <>
      <PageHead title={t('title')} note={t('lights')} />
      <FilterRow filters={list.filters} change={list.change} />
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !board ? (
        <Loading rows={12} />
      ) : (
        <div aria-busy={load.loading}>
          {board.unit_forced && <Alert type="info" showIcon title={t('forced', { unit: nameOf(board.unit) })} />}
          <p className="muted small score-counted">
            {board.from} — {board.until} · {t('as_of')} {board.as_of} · {board.counted.at ? <Counted board={board} /> : t('counted.none')}
          </p>
          <div className="score-lights">
            {board.lights?.map((light) => (
              <section key={light.id} className="score-light" aria-labelledby={`light-${light.id}`}>
                <header>
                  <h2 id={`light-${light.id}`}>{t.maybe('light.', light.id)}</h2>
                  <Tooltip title={t('state.why')}>
                    <span tabIndex={0} className="tag" data-tone={TONES[light.state] ?? 'grey'}>
                      {t(`state.${light.state}`)}
                    </span>
                  </Tooltip>
                </header>
                <Figures figures={light.figures ?? []} open={setOpen} />
              </section>
            ))}
            <section className="score-light" aria-labelledby="light-guard">
              <header>
                <h2 id="light-guard">{t('guards')}</h2>
                <span className="muted small">{t('guards.what')}</span>
              </header>
              <Figures figures={board.guards ?? []} open={setOpen} />
            </section>
          </div>
          <Section title={t('charts')}>
            <Suspense fallback={<Loading rows={6} />}>
              <Charts query={query} />
            </Suspense>
          </Section>
        </div>
      )}
      {board && shown && <FigureDrawer figure={shown} board={board} query={query} onClose={() => setOpen('')} onChanged={load.reload} />}
    </>
  );
}

function Counted({ board }: { board: Board }) {
  const t = useWords(words);
  const [before, after = ''] = t('counted', { n: board.counted.entries, at: '\u0000' }).split('\u0000');
  return (
    <>
      {before}
      <When at={board.counted.at} minute />
      {after}
    </>
  );
}

interface Platform {
  id: string;
  name_zh: string;
  name_en: string;
}

function FilterRow({ filters: f, change }: { filters: Record<keyof typeof SPEC, string>; change: (patch: Partial<Record<keyof typeof SPEC, string>>) => void }) {
  const t = useWords(words);
  const lang = useLang();
  const { can } = useSession();
  const { units, nameOf } = useUnits();
  const platforms = useLoad(can('platform.read') ? 'platforms' : null, (signal) => get<{ items: Platform[] | null }>('/platforms', undefined, signal)).data?.items ?? [];
  const [own, setOwn] = useState(false);
  const year = Number(dayOf(Date.now()).slice(0, 4));
  const presets = { year: ['', ''], last: [`${year - 1}-01-01`, `${year - 1}-12-31`], three: [`${year - 2}-01-01`, `${year}-12-31`] } as const;
  const chosen = own ? 'own' : ((Object.entries(presets).find(([, p]) => p[0] === f.from && p[1] === f.until)?.[0] ?? 'own') as keyof typeof presets | 'own');
  const pick = (value: keyof typeof presets | 'own') => {
    setOwn(value === 'own');
    if (value !== 'own') change({ from: presets[value][0], until: presets[value][1] });
  };
  return (
    <div className="filters" role="search" aria-label={t('title')}>
      <Select aria-label={t('period')} value={chosen} onChange={pick} options={(['year', 'last', 'three', 'own'] as const).map((v) => ({ value: v, label: t(`period.${v}`) }))} style={{ minWidth: 140 }} />
      {chosen === 'own' && <DatePicker.RangePicker aria-label={t('period')} allowEmpty={[true, true]} value={[f.from ? dayjs(f.from) : null, f.until ? dayjs(f.until) : null]} onChange={(r) => change({ from: r?.[0]?.format('YYYY-MM-DD') ?? '', until: r?.[1]?.format('YYYY-MM-DD') ?? '' })} />}
      <Tooltip title={t('as_of.hint')}>
        <DatePicker aria-label={t('as_of')} placeholder={t('as_of')} value={f.as_of ? dayjs(f.as_of) : null} maxDate={dayjs(dayOf(Date.now()))} onChange={(d: dayjs.Dayjs | null) => change({ as_of: d?.format('YYYY-MM-DD') ?? '' })} />
      </Tooltip>
      {platforms.length > 0 && <Select allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={t('platform')} placeholder={t('platform')} value={f.platform || undefined} onChange={(platform?: string) => change({ platform: platform ?? '' })} options={platforms.map((p) => ({ value: p.id, label: lang === 'zh' ? p.name_zh : p.name_en || p.name_zh }))} style={{ minWidth: 160 }} />}
      <Select allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={t('unit')} placeholder={t('unit')} value={f.unit || undefined} onChange={(unit?: string) => change({ unit: unit ?? '' })} options={units.map((u) => ({ value: u.id, label: nameOf(u.id) }))} style={{ minWidth: 160 }} />
      <Select allowClear aria-label={t('kind')} placeholder={t('kind')} value={f.kind || undefined} onChange={(kind?: string) => change({ kind: kind ?? '' })} options={(['new', 'expansion'] as const).map((v) => ({ value: v, label: t(`kind.${v}`) }))} style={{ minWidth: 120 }} />
    </div>
  );
}

function Figures({ figures, open }: { figures: readonly Figure[]; open: (id: string) => void }) {
  const t = useWords(words);
  return (
    <ul className="score-figures">
      {figures.map((f) => (
        <li key={f.id}>
          <div className="score-name">
            <span>
              {f.name} <span className="small figure">{f.id}@{f.version}</span>
            </span>
            <Button type="text" size="small" icon={<InfoCircleOutlined />} aria-label={t('about', { name: f.name })} onClick={() => open(f.id)} />
          </div>
          <FigureValue figure={f} />
        </li>
      ))}
    </ul>
  );
}

function FigureValue({ figure: f }: { figure: Figure }) {
  const t = useWords(words);
  const lang = useLang();
  if (f.value.state === 'insufficient') {
    return (
      <p className="score-none">
        <strong>{t('insufficient')}</strong> <span className="muted">{f.value.why}</span>
      </p>
    );
  }
  return (
    <>
      <p className="score-value">
        <strong className="figure">{told(f.value, f.kind, t, lang)}</strong> <span className="muted figure">{detail(f.value, f.kind, t, lang)}</span>
      </p>
      {f.target && <Aimed figure={f} />}
      {f.value.low && f.value.high && f.kind !== 'period_ratio' && <Interval value={f.value} />}
      <p className="muted small score-beside">{beside(f, t, lang).join(' · ')}</p>
    </>
  );
}

/** The target beside the figure: what is due of it by now, and whether it is reached. */
function Aimed({ figure: f }: { figure: Figure }) {
  const t = useWords(words);
  const lang = useLang();
  if (!f.target) return null;
  const { state, target, unit, aim, why } = f.target;
  const due = dueOf(f.target, lang);
  const said = `${t(`aim.${aim}`)} ${aimed(target, unit, f.kind, t, lang)}`;
  return (
    <p className="score-beside small">
      {due ? t('target.due', { target: said, due }) : t('target.is', { target: said })} <span className={state === 'met' ? 'good' : state === 'worse' ? 'bad' : state === 'behind' ? 'warn' : 'muted'}>{state === 'open' ? why : t(`standing.${state}`)}</span>
    </p>
  );
}

/** The interval as a bar from 0 to 100 %, with the rate as a tick. */
function Interval({ value }: { value: Value }) {
  const low = Number(value.low) * 100;
  const high = Number(value.high) * 100;
  return (
    <span className="score-interval" aria-hidden="true">
      <span style={{ left: `${low}%`, width: `${Math.max(high - low, 0.5)}%` }} />
      <i style={{ left: `${Number(value.ratio) * 100}%` }} />
    </span>
  );
}

/** The figure itself in words. */
export function told(v: Value, kind: string, t: Sayer, lang: Lang): string {
  if (v.state === 'insufficient') return t('insufficient');
  if (v.days) return t('median', { days: v.days.p50 });
  if (kind === 'sum' && v.money) return shortMoney(v.money, lang);
  if (v.ratio) return isShare(kind) ? percent(v.ratio) : decimal(v.ratio);
  return String(v.numerator ?? 0);
}

/** n, interval and what the figure is a part of. */
function detail(v: Value, kind: string, t: Sayer, lang: Lang): string {
  if (v.days) return [t('median.range', { low: v.days.p25, high: v.days.p75 }), t('n', { n: v.numerator ?? 0 })].join(' · ');
  if (v.money && v.money_of) return t('money.of', { part: shortMoney(v.money, lang), whole: shortMoney(v.money_of, lang) });
  const parts = [];
  if (v.ratio) parts.push(`(${ofN(v)})`);
  else if (v.denominator !== undefined) parts.push(t('count.of', { n: v.denominator }));
  if (v.low && v.high && v.ratio) parts.push(t('interval', { low: percent(v.low), high: percent(v.high) }));
  if (kind === 'period_ratio') parts.push(t('ratio.period'));
  return parts.join(' · ');
}

function beside(f: Figure, t: Sayer, lang: Lang): string[] {
  const whole = (v: Value) => (v.ratio && isShare(f.kind) && !v.money ? `${told(v, f.kind, t, lang)} (${ofN(v)})` : told(v, f.kind, t, lang));
  const parts = [t('prior', { value: whole(f.prior) })];
  if (f.expansion) parts.push(t('expansion', { value: whole(f.expansion) }));
  if (f.value.in_time) parts.push(t('in_time', { value: `${percent(f.value.in_time.ratio ?? '')} (${ofN(f.value.in_time)})` }));
  if (f.value.without_fast) parts.push(t('without', { value: whole(f.value.without_fast) }));
  if (f.closing?.restated) parts.push(t('restated', { on: f.closing.on, then: whole(f.closing.published), now: whole(f.closing.now) }));
  else if (f.closing) parts.push(t('closed', { on: f.closing.on, then: whole(f.closing.published) }));
  for (const a of f.value.apart ?? []) parts.push(`${t.maybe('apart.', a.id)} ${a.count}`);
  return parts;
}

import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, DatePicker, Input, InputNumber, Select } from 'antd';
import dayjs from 'dayjs';
import { type ReactNode, useRef, useState } from 'react';
import { submitKey, submitOnce } from '../../kit/api';
import { PageHead } from '../../kit/ListPage';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { inputFigure, parseFigure } from '../../kit/money';
import { Problem, Section } from '../../kit/notices';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { CHAIN, defineTrack, type GateRow, type Limit, newTrack, type Stage, type TrackFile, type TrackStage } from './api';
import { rank } from './tracks';
import { words } from './words';

const FIELDS = ['name', 'source', 'finder', 'found_on', 'industry', 'unit', 'owner', 'investor', 'identity', 'site', 'scope', 'total', 'fixed', 'terms'] as const;
const ROLES = ['officer', 'department_lead', 'leader'] as const;
const CLASSES = ['public', 'internal', 'secret_trade', 'personal', 'restricted'] as const;
const UNITS = ['working_day', 'day', 'month'] as const;

/** What is being settled: a track's parts while they are typed. */
interface Draft {
  id: string;
  zh: string;
  en: string;
  meaning_zh: string;
  meaning_en: string;
  builds: TrackFile['builds'];
  stages: TrackStage[];
  absent: { stage: Stage; why_zh: string; why_en: string }[];
  gates: GateRow[];
  limits: Limit[];
  valid_from: string;
  source: string;
  reason: string;
}

function draftOf(track: TrackFile, copy: boolean): Draft {
  const { zh, en, meaning_zh, meaning_en, builds, source } = track;
  return {
    ...(copy ? { id: '', zh: '', en: '' } : { id: track.id, zh, en }),
    meaning_zh,
    meaning_en,
    builds,
    source,
    stages: [...(track.stages ?? [])],
    absent: (track.absent ?? []).map((a) => ({ ...a, stage: a.stage as Stage })),
    gates: [...(track.gates ?? [])],
    limits: [...(track.limits ?? [])],
    valid_from: dayOf(Date.now()),
    reason: '',
  };
}

/** Settles a new version of a track, or a new track from a copy: names, stages, gates and limits as forms. */
export default function TrackEditor({ track, copy, etag, onClose, onSaved }: { track: TrackFile; copy: boolean; etag: string; onClose: () => void; onSaved: (saved: TrackFile) => void }) {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const [draft, setDraft] = useState(() => draftOf(track, copy));
  const key = useRef(submitKey());
  const change = (patch: Partial<Draft>) => setDraft((d) => ({ ...d, ...patch }));
  const act = useAct(async () => {
    const { id, ...body } = draft;
    try {
      onSaved(copy ? await submitOnce(key, (once) => newTrack({ id, platform: '', ...body }, once)) : (await defineTrack(id, { platform: track.platform, ...body }, etag)).data);
    } catch (error) {
      window.scrollTo(0, 0);
      throw error;
    }
  });
  const named = draft.stages.map((s) => ({ value: s.id, label: s[lang] || s.id }));
  return (
    <>
      <PageHead title={copy ? t('tracks.new') : t('tracks.editing', { track: track[lang] })}>
        <span className="muted">{t('tracks.editing.what')}</span>
      </PageHead>
      {act.error && <Problem problem={act.error} />}
      <Section title={t('tracks.about')}>
        <div className="fields">
          {copy && <Line label={t('tracks.id')} value={draft.id} max={40} extra={t('tracks.id.how')} onChange={(id) => change({ id })} />}
          <Line label={t('tracks.zh')} value={draft.zh} max={60} onChange={(zh) => change({ zh })} />
          <Line label={t('tracks.en')} value={draft.en} max={100} onChange={(en) => change({ en })} />
          <Line label={t('tracks.meaning.zh')} value={draft.meaning_zh} max={300} onChange={(meaning_zh) => change({ meaning_zh })} />
          <Line label={t('tracks.meaning.en')} value={draft.meaning_en} max={500} onChange={(meaning_en) => change({ meaning_en })} />
          <Pick label={t('field.builds')} value={draft.builds} options={[{ value: '', label: t('tracks.builds.each') }, { value: 'build', label: t('tracks.builds.always') }, { value: 'no_build', label: t('tracks.builds.never') }]} onChange={(builds) => change({ builds: builds as Draft['builds'] })} />
        </div>
      </Section>
      <StageRows draft={draft} change={change} />
      <GateRows draft={draft} change={change} named={named} />
      <LimitRows draft={draft} change={change} named={named} />
      <Section title={t('tracks.settle')}>
        <div className="fields">
          <DayPick label={t('tracks.valid_from')} value={draft.valid_from} extra={t('tracks.valid_from.why')} onChange={(valid_from) => change({ valid_from })} />
          <Line label={t('tracks.source.of')} value={draft.source} max={500} extra={t('tracks.source.why')} onChange={(source) => change({ source })} />
          <Line label={t('tracks.reason')} value={draft.reason} max={500} onChange={(reason) => change({ reason })} />
        </div>
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => void act.run()}>
            {t('tracks.save')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      </Section>
    </>
  );
}

type Options = readonly { value: string; label: string }[];

function Field({ label, extra, children }: { label: string; extra?: string | undefined; children: ReactNode }) {
  return (
    <label className="field">
      <span className="small">{label}</span>
      {children}
      {extra && <span className="muted small">{extra}</span>}
    </label>
  );
}

function Line({ label, value, max, extra, onChange }: { label: string; value: string; max: number; extra?: string; onChange: (value: string) => void }) {
  return (
    <Field label={label} extra={extra}>
      <Input value={value} maxLength={max} onChange={(e) => onChange(e.target.value)} />
    </Field>
  );
}

function Pick({ label, value, options, onChange }: { label: string; value: string; options: Options; onChange: (value: string) => void }) {
  return (
    <Field label={label}>
      <Select aria-label={label} value={value} options={[...options]} onChange={onChange} popupMatchSelectWidth={false} />
    </Field>
  );
}

function DayPick({ label, value, extra, onChange }: { label: string; value: string; extra?: string; onChange: (value: string) => void }) {
  return (
    <Field label={label} extra={extra}>
      <DatePicker value={value ? dayjs(value) : null} onChange={(day: dayjs.Dayjs | null) => onChange(day?.format('YYYY-MM-DD') ?? '')} />
    </Field>
  );
}

/** One row of the editor: told in a line, opened to be changed. */
function Row({ title, note, children, actions }: { title: string; note: string; children: ReactNode; actions: ReactNode }) {
  return (
    <details className="edit-row">
      <summary>
        <span className="strong">{title}</span> <span className="muted small">{note}</span>
      </summary>
      <div className="fields">{children}</div>
      <div className="actions">{actions}</div>
    </details>
  );
}

interface Part {
  draft: Draft;
  change: (patch: Partial<Draft>) => void;
}

const put = <T,>(list: readonly T[], at: number, patch: Partial<T>): T[] => list.map((x, i) => (i === at ? { ...x, ...patch } : x));
const cut = <T,>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at);
const swap = <T,>(list: readonly T[], at: number, by: -1 | 1): T[] => list.map((x, i) => (i === at ? (list[at + by] ?? x) : i === at + by ? (list[at] ?? x) : x));

function StageRows({ draft, change }: Part) {
  const t = useWords(words);
  const lang = useLang();
  const [of, setOf] = useState<string>('screening');
  const [own, setOwn] = useState('');
  const left = CHAIN.filter((s) => !draft.stages.some((x) => x.id === s));
  const insert = (stage: TrackStage) => {
    const at = draft.stages.filter((s) => rank(s.id) <= rank(stage.id)).length;
    return [...draft.stages.slice(0, at), stage, ...draft.stages.slice(at)];
  };
  const drop = (s: TrackStage, at: number) =>
    change({
      stages: cut(draft.stages, at),
      gates: draft.gates.filter((g) => g.stage !== s.id),
      limits: draft.limits.filter((l) => l.from !== s.id && l.to !== s.id),
      ...(s.id.includes('.') ? {} : { absent: [...draft.absent, { stage: s.id, why_zh: '', why_en: '' }] }),
    });
  const blank = (id: Stage, zh: string, en: string): TrackStage => ({ id, zh, en, meaning_zh: '', meaning_en: '', source: '' });
  return (
    <Section title={t('tracks.stages')}>
      {draft.stages.map((s, i) => (
        <Row
          key={s.id}
          title={s[lang] || s.id}
          note={s.id}
          actions={
            <>
              {s.id.includes('.') && <Button icon={<ArrowUpOutlined />} onClick={() => change({ stages: swap(draft.stages, i, -1) })}>{t('tracks.up')}</Button>}
              {s.id.includes('.') && <Button icon={<ArrowDownOutlined />} onClick={() => change({ stages: swap(draft.stages, i, 1) })}>{t('tracks.down')}</Button>}
              {s.id !== 'lead' && s.id !== 'signed' && <Button danger icon={<DeleteOutlined />} onClick={() => drop(s, i)}>{s.id.includes('.') ? t('tracks.remove') : t('tracks.mark.absent')}</Button>}
            </>
          }
        >
          <Line label={t('tracks.zh')} value={s.zh} max={30} onChange={(zh) => change({ stages: put(draft.stages, i, { zh }) })} />
          <Line label={t('tracks.en')} value={s.en} max={60} onChange={(en) => change({ stages: put(draft.stages, i, { en }) })} />
          <Line label={t('tracks.meaning.zh')} value={s.meaning_zh} max={300} onChange={(meaning_zh) => change({ stages: put(draft.stages, i, { meaning_zh }) })} />
          <Line label={t('tracks.meaning.en')} value={s.meaning_en} max={500} onChange={(meaning_en) => change({ stages: put(draft.stages, i, { meaning_en }) })} />
          <Line label={t('tracks.source.of')} value={s.source} max={500} onChange={(source) => change({ stages: put(draft.stages, i, { source }) })} />
        </Row>
      ))}
      {left.map((stage) => {
        const at = draft.absent.findIndex((a) => a.stage === stage);
        const a = draft.absent[at] ?? { stage, why_zh: '', why_en: '' };
        const say = (patch: Partial<typeof a>) => change({ absent: [...draft.absent.filter((x) => x.stage !== stage), { ...a, ...patch }] });
        return (
          <Row
            key={stage}
            title={t(`stage.${stage}`)}
            note={t('not.applicable')}
            actions={
              <Button icon={<PlusOutlined />} onClick={() => change({ stages: insert(blank(stage, '', '')), absent: draft.absent.filter((x) => x.stage !== stage) })}>
                {t('tracks.apply')}
              </Button>
            }
          >
            <Line label={t('tracks.why.zh')} value={a.why_zh} max={300} onChange={(why_zh) => say({ why_zh })} />
            <Line label={t('tracks.why.en')} value={a.why_en} max={500} onChange={(why_en) => say({ why_en })} />
          </Row>
        );
      })}
      <div className="filters labelled">
        <Pick label={t('tracks.step.of')} value={of} options={draft.stages.filter((s) => !s.id.includes('.')).map((s) => ({ value: s.id, label: s[lang] || s.id }))} onChange={setOf} />
        <Line label={t('tracks.step.id')} value={own} max={30} onChange={setOwn} />
        <Button icon={<PlusOutlined />} disabled={!/^[a-z][a-z0-9_]{0,29}$/.test(own) || draft.stages.some((s) => s.id === `${of}.${own}`)} onClick={() => { change({ stages: insert(blank(`${of}.${own}` as Stage, '', '')) }); setOwn(''); }}>
          {t('tracks.step.add')}
        </Button>
      </div>
    </Section>
  );
}

function GateRows({ draft, change, named }: Part & { named: Options }) {
  const t = useWords(words);
  const lang = useLang();
  const stages = [...named, { value: 'terminated', label: t('stage.terminated') }];
  const nameOf = (stage: string) => stages.find((s) => s.value === stage)?.label ?? stage;
  const fieldName = (id: string) => t.maybe('field.', { total: 'total_investment', fixed: 'fixed_investment' }[id] ?? id);
  const kinds: Options = (['field', 'evidence', 'signoff'] as const).map((v) => ({ value: v, label: t(`need.${v}`) }));
  // A requirement of another kind begins with what that kind has.
  const turn = (kind: string): Partial<GateRow> => (kind === 'evidence' ? { kind, id: '', needs: ['document', 'date', 'hash'], dates: true, class: 'internal' } : { kind, id: kind === 'field' ? 'site' : 'department_lead', needs: [], dates: false, class: '' });
  return (
    <Section
      title={t('tracks.gates')}
      extra={
        <Button icon={<PlusOutlined />} onClick={() => change({ gates: [...draft.gates, { stage: draft.stages[1]?.id ?? 'signed', kind: 'field', id: 'site', zh: '', en: '', valid_from: draft.valid_from, valid_to: '', source: '' }] })}>
          {t('tracks.gate.add')}
        </Button>
      }
    >
      {draft.gates.map((g, i) => {
        const set = (patch: Partial<GateRow>) => change({ gates: put(draft.gates, i, patch) });
        return (
          <Row
            key={i}
            title={g[lang] || t('tracks.unnamed')}
            note={`${nameOf(g.stage)} · ${t.maybe('need.', g.kind)}`}
            actions={
              <Button danger icon={<DeleteOutlined />} onClick={() => change({ gates: cut(draft.gates, i) })}>
                {t('tracks.remove')}
              </Button>
            }
          >
            <Pick label={t('field.stage')} value={g.stage} options={stages} onChange={(stage) => set({ stage })} />
            <Pick label={t('tracks.kind')} value={g.kind} options={kinds} onChange={(kind) => set(turn(kind))} />
            {g.kind === 'field' && <Pick label={t('tracks.which.field')} value={g.id} options={FIELDS.map((id) => ({ value: id, label: fieldName(id) }))} onChange={(id) => set({ id })} />}
            {g.kind === 'signoff' && <Pick label={t('tracks.which.role')} value={g.id} options={ROLES.map((id) => ({ value: id, label: t(`role.${id}`) }))} onChange={(id) => set({ id })} />}
            {g.kind === 'evidence' && (
              <>
                <Line label={t('tracks.evidence.id')} value={g.id} max={40} extra={t('tracks.id.how')} onChange={(id) => set({ id })} />
                <Pick label={t('tracks.class')} value={g.class ?? 'internal'} options={CLASSES.map((c) => ({ value: c, label: t(`class.${c}`) }))} onChange={(c) => set({ class: c })} />
                <div className="field">
                  <Checkbox checked={g.dates ?? false} onChange={(e) => set({ dates: e.target.checked })}>
                    {t('tracks.dates')}
                  </Checkbox>
                </div>
              </>
            )}
            <Line label={t('tracks.zh')} value={g.zh} max={100} onChange={(zh) => set({ zh })} />
            <Line label={t('tracks.en')} value={g.en} max={200} onChange={(en) => set({ en })} />
            <Applies value={g.applies ?? ''} onChange={(applies) => set({ applies })} />
            <DayPick label={t('tracks.valid_from')} value={g.valid_from} onChange={(valid_from) => set({ valid_from })} />
            <DayPick label={t('tracks.valid_to')} value={g.valid_to} onChange={(valid_to) => set({ valid_to })} />
            <Line label={t('tracks.source.of')} value={g.source} max={500} onChange={(source) => set({ source })} />
          </Row>
        );
      })}
    </Section>
  );
}

function Applies({ value, onChange }: { value: string; onChange: (value: '' | 'build' | 'no_build') => void }) {
  const t = useWords(words);
  return <Pick label={t('tracks.applies')} value={value} options={[{ value: '', label: t('applies.all') }, { value: 'build', label: t('applies.build') }, { value: 'no_build', label: t('applies.no_build') }]} onChange={(v) => onChange(v as '' | 'build' | 'no_build')} />;
}

function LimitRows({ draft, change, named }: Part & { named: Options }) {
  const t = useWords(words);
  const lang = useLang();
  const first = named[0]?.value ?? 'lead';
  return (
    <Section
      title={t('tracks.limits')}
      extra={
        <Button icon={<PlusOutlined />} onClick={() => change({ limits: [...draft.limits, { from: first, to: named[1]?.value ?? 'signed', days: 10, unit: 'working_day', min_fen: 0, max_fen: 0, zh: '', en: '', valid_from: draft.valid_from, valid_to: '', source: '' }] })}>
          {t('tracks.limit.add')}
        </Button>
      }
    >
      {draft.limits.map((l, i) => {
        const set = (patch: Partial<Limit>) => change({ limits: put(draft.limits, i, patch) });
        return (
          <Row
            key={i}
            title={l[lang] || t('tracks.unnamed')}
            note={t(`unit.${l.unit}`, { n: l.days })}
            actions={
              <Button danger icon={<DeleteOutlined />} onClick={() => change({ limits: cut(draft.limits, i) })}>
                {t('tracks.remove')}
              </Button>
            }
          >
            <Pick label={t('tracks.from')} value={l.from} options={named} onChange={(from) => set({ from })} />
            <Pick label={t('tracks.to')} value={l.to} options={named} onChange={(to) => set({ to })} />
            <Field label={t('tracks.length')}>
              <InputNumber min={1} max={3660} precision={0} value={l.days} onChange={(days) => set({ days: days ?? 0 })} />
            </Field>
            <Pick label={t('tracks.unit')} value={l.unit} options={UNITS.map((u) => ({ value: u, label: t(`unit.name.${u}`) }))} onChange={(unit) => set({ unit: unit as Limit['unit'] })} />
            <Yuan label={t('tracks.min')} value={l.min_fen} onChange={(min_fen) => set({ min_fen })} />
            <Yuan label={t('tracks.max')} value={l.max_fen} onChange={(max_fen) => set({ max_fen })} />
            <Line label={t('tracks.zh')} value={l.zh} max={100} onChange={(zh) => set({ zh })} />
            <Line label={t('tracks.en')} value={l.en} max={200} onChange={(en) => set({ en })} />
            <Applies value={l.applies ?? ''} onChange={(applies) => set({ applies })} />
            <DayPick label={t('tracks.valid_from')} value={l.valid_from} onChange={(valid_from) => set({ valid_from })} />
            <DayPick label={t('tracks.valid_to')} value={l.valid_to} onChange={(valid_to) => set({ valid_to })} />
            <Line label={t('tracks.source.of')} value={l.source} max={500} onChange={(source) => set({ source })} />
          </Row>
        );
      })}
    </Section>
  );
}

/** An amount in yuan, as one writes it (1亿); empty is no bound. */
function Yuan({ label, value, onChange }: { label: string; value: number; onChange: (fen: number) => void }) {
  const t = useWords(words);
  const [text, setText] = useState(value ? inputFigure({ minor: value, currency: 'CNY' }) : '');
  const read = text.trim() ? parseFigure(text, 'CNY') : 0n;
  return (
    <Field label={label} extra={read === null ? t('amount.wrong', { digits: 2 }) : undefined}>
      <Input
        value={text}
        inputMode="decimal"
        status={read === null ? 'error' : ''}
        onChange={(e) => {
          setText(e.target.value);
          const minor = e.target.value.trim() ? parseFigure(e.target.value, 'CNY') : 0n;
          if (minor !== null) onChange(Number(minor));
        }}
      />
    </Field>
  );
}

import { EditOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Drawer, Form, Input, Radio, Select } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import type { Entry } from '../../infra/journal/api';
import { History } from '../../infra/journal/History';
import { DayField } from '../../kit/DayField';
import { Day, Money, Text, When } from '../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { parseFigure, shortMoney } from '../../kit/money';
import { DeadEnd, Facts, Loading, Masked, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import type { Page } from '../../kit/types';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { type Definition, getCounted, getGate, getProject, getTimeline, listEvidence, listMilestones, type Docket as ProjectData, setMilestone, signOff } from './api';
import { ClocksSection } from './clock/ClocksSection';
import EditDrawer from './EditDrawer';
import { EvidenceDrawer, EvidenceSection, useEvidenceKinds } from './EvidenceSection';
import { GateView } from './GateSection';
import { useActivity, useDefinition, useIndustryName, useNamed, useTracks, useUnits } from './lookups';
import { MilestoneChart } from './MilestoneChart';
import { MissingNow, Moves } from './Moves';
import { ProtectionSection } from './reports/ProtectionSection';
import { SharesSection } from './reports/SharesSection';
import { StageStrip } from './StageStrip';
import { StageTag } from './StageTag';
import { AsOfPicker, AsOfStrip } from './AsOf';
import { MoneySection } from './MoneySection';
import { DatedFacts, TaxSection } from './RecordSections';
import { chainOf, trackOf, useStageName, useTrackList } from './tracks';
import { words } from './words';
import { useTell } from '../work/tell';
import WorkSection from '../work/WorkSection';

/** Everything about one project, and what can be done with it. */
export default function Project() {
  const { id = '' } = useParams();
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const [search, setSearch] = useSearchParams();
  const asOf = search.get('as_of') ?? '';
  const load = useLoad(`project:${id}?${asOf}`, (signal) => getProject(id, signal, asOf));
  const gate = useLoad(`gate:${id}`, (signal) => getGate(id, signal));
  const milestones = useLoad(`milestones:${id}?${asOf}`, (signal) => listMilestones(id, signal, asOf));
  const evidence = useLoad(`evidence:${id}?${asOf}`, (signal) => listEvidence(id, signal, asOf));
  const [round, setRound] = useState(0);
  const general = useDefinition();
  const tracks = useTrackList();
  const today = dayOf(Date.now());
  const stageName = useStageName();
  const project = load.data?.data;
  const track = trackOf(tracks, project?.track ?? '');
  // What the project's own track asks for.
  const definition = general && track ? { ...general, gates: track.gates } : general;
  useTitle(project?.name ?? t('title'));

  const changed = () => {
    load.reload();
    gate.reload();
    milestones.reload();
    evidence.reload();
    setRound((r) => r + 1);
  };
  const [what = '', ...args] = (search.get('do') ?? '').split(':');
  // What a drawer was opened from has the focus again when it closes.
  const opener = useRef<Element>(null);
  useEffect(() => {
    if (what) opener.current = document.activeElement;
    else if (opener.current instanceof HTMLElement) opener.current.focus();
  }, [what]);
  const start = (name: string) => setSearch((now) => new URLSearchParams([...now.entries(), ['do', name]]), { replace: true });
  const stop = () =>
    setSearch(
      (now) => {
        const next = new URLSearchParams(now);
        next.delete('do');
        return next;
      },
      { replace: true },
    );

  const lookBack = (day: string) =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      next.delete('do');
      next.delete('as_of');
      if (day) next.set('as_of', day);
      return next;
    });
  const strip = asOf && <AsOfStrip day={asOf} onBack={() => lookBack('')} />;
  const may = (perm: string) => can(perm) && !asOf; // what was cannot be changed

  if (load.error && (asOf || !project))
    return (
      <>
        {strip}
        {asOf && (
          <p>
            <AsOfPicker value={asOf} onChange={lookBack} />
          </p>
        )}
        <DeadEnd problem={load.error} retry={load.reload} back={t('back')} to="/projects" ask={load.error.code !== 'pipeline.not_yet'} />
      </>
    );
  if (!project || !load.data) return <Loading rows={12} />;
  const etag = load.data.etag || `"${project.version}"`;
  const final = project.stage === 'lost' || project.stage === 'terminated';
  return (
    <>
      <div className="strip">
        {strip}
        <PageHead title={project.name} actions={<><AsOfPicker value={asOf} onChange={lookBack} />{!asOf && <Moves project={project} etag={etag} gate={gate.data} onMoved={changed} />}</>}>
          <StageTag stage={project.stage} track={project.track} />
          <span className="muted figure">{project.code}</span>
        </PageHead>
        <p className="row strip-line">
          <Holder project={project} />
          <span>
            <span className="muted">{t('field.stage_since')}</span> <Day on={project.stage_since} />
          </span>
          {!asOf && <MissingNow gate={gate.data} track={project.track} />}
        </p>
        {(final || project.stage === 'shelved') && project.reason && <p className="warn tight">{t('timeline.halted', { stage: t.maybe('stage.', project.stage), reason: project.reason })}</p>}
        {project.origin === 'imported' && project.missing > 0 && (
          <p className="tight warn">
            {t('imported.missing', { n: project.missing })} <a href="#gate">{t('imported.see')}</a>
          </p>
        )}
      </div>
      {asOf && <p className="muted small">{t('asof.without')}</p>}
      <div className="columns">
        <div>
          <Section title={t('strip')}>
            <StageStrip project={project} milestones={milestones.data?.items ?? []} today={asOf || today} />
          </Section>
          {!asOf && (
            <>
              <ClocksSection id={id} round={round} />
              <Section id="gate" title={t('gate.title')}>
                {gate.error ? <Problem problem={gate.error} retry={gate.reload} /> : gate.data ? <GateView gate={gate.data} base="" track={project.track} /> : <Loading rows={4} />}
              </Section>
            </>
          )}
          <Section
            id="milestones"
            title={t('chart.title')}
            extra={
              may('pipeline.milestone') && (
                <Button icon={<PlusOutlined />} onClick={() => start('milestone')}>
                  {t('milestone.add')}
                </Button>
              )
            }
          >
            {(project.chain_breaks ?? []).map((b) => (
              <p key={b.later} className="warn">
                {t('milestone.breaks', { later: stageName(b.later, project.track), later_on: b.later_on, earlier: stageName(b.earlier, project.track), earlier_on: b.earlier_on })}
              </p>
            ))}
            {milestones.error ? <Problem problem={milestones.error} retry={milestones.reload} /> : (milestones.data?.items ?? []).length > 0 ? <MilestoneChart milestones={milestones.data?.items ?? []} today={today} asOf={asOf} track={project.track} /> : <p className="muted">{t('milestones.none')}</p>}
          </Section>
          <EvidenceSection project={id} load={evidence} definition={definition} may={may('pipeline.evidence')} onAdd={() => start('evidence:')} onChanged={changed} />
          <MoneySection project={id} asOf={asOf} round={round} evidence={evidence.data?.items ?? []} signed={isSigned(project)} onChanged={changed} />
          {!asOf && <WorkSection object={`pipeline.project/${id}`} name={project.name} onChanged={() => setRound((r) => r + 1)} />}
          <Acts id={id} asOf={asOf} track={project.track} round={round} definition={definition} />
        </div>
        <div>
          <Filed project={project} />
          <FactsSection project={project} onEdit={may('pipeline.amend') ? () => start('edit:') : undefined} />
          <DatedFacts project={id} asOf={asOf} round={round} evidence={evidence.data?.items ?? []} onChanged={changed} />
          {!asOf && <TaxSection project={id} round={round} onChanged={changed} />}
          {!asOf && <ProtectionSection project={id} investor={project.investor} round={round} />}
          {!asOf && <SharesSection project={id} round={round} onChanged={changed} />}
        </div>
      </div>
      {what === 'edit' && may('pipeline.amend') && <EditDrawer project={project} etag={etag} field={args[0] ?? ''} onClose={stop} onSaved={changed} />}
      <EvidenceDrawer project={id} track={project.track} kind={args[0] ?? ''} open={what === 'evidence' && may('pipeline.evidence')} definition={definition} onClose={stop} onSaved={changed} />
      <MilestoneDrawer id={id} track={project.track} open={what === 'milestone' && may('pipeline.milestone')} onClose={stop} onSaved={changed} />
      <ReasonDialog
        open={what === 'sign' && may('pipeline.sign')}
        title={t('sign.title', { stage: stageName(args[0] ?? '', project.track) })}
        intro={t('sign.what', { role: t.maybe('role.', args[1] ?? '') })}
        confirm={t('sign.confirm')}
        optional={t('sign.opinion')}
        onCancel={stop}
        onConfirm={async (opinion) => {
          await signOff(id, { stage: args[0], role: args[1], opinion: opinion || '' });
          stop();
          changed();
        }}
      />
      <p className="muted small">
        {t('updated')} <When at={project.updated_at} minute /> · {k('timezone')}
      </p>
    </>
  );
}

/** Whether a contract is in force: the project stands at its signing or later. */
function isSigned(p: ProjectData): boolean {
  const stage = (p.stage === 'shelved' ? p.prior : p.stage).split('.')[0] ?? '';
  return (['signed', 'landed', 'started', 'producing', 'effective'] as string[]).includes(stage);
}

function Holder({ project }: { project: ProjectData }) {
  const t = useWords(words);
  const k = useKit();
  const { nameOf } = useUnits();
  const unit = project.unit_name || nameOf(project.unit);
  return (
    <span>
      <span className="muted">{t('held.by')}</span> {[unit, project.owner_name].filter(Boolean).join(' · ') || k('unknown.value')}
    </span>
  );
}

/** Signatures and ceremonies. */
function Filed({ project: p }: { project: ProjectData }) {
  const t = useWords(words);
  const stageName = useStageName();
  const signoffs = p.signoffs ?? [];
  const ceremonies = p.ceremonies ?? [];
  return (
    <>
      {p.signing_held && (
        <Section title={t('ceremonies')}>
          <p className="warn tight">
            {t('held.elsewhere')} {p.signing_held_by && <Link to={`/projects/${p.signing_held_by}`}>{t('held.see')}</Link>}
          </p>
        </Section>
      )}
      <Section title={t('signoffs')}>
        {signoffs.length === 0 ? (
          <p className="muted tight">{t('signoffs.none')}</p>
        ) : (
          <ul className="papers">
            {signoffs.map((s) => (
              <li key={s.id} data-withdrawn={s.voided_at > 0 || undefined}>
                <div className="card-line">
                  <span className="strong">
                    {stageName(s.stage, p.track)} · {t.maybe('role.', s.role)}
                  </span>
                  <When at={s.recorded_at} />
                </div>
                <div className="small">
                  {s.by_name || s.by} {s.opinion}
                </div>
                {s.voided_at > 0 && <div className="small bad">{t('signoff.void', { reason: s.voided_why })}</div>}
              </li>
            ))}
          </ul>
        )}
      </Section>
      {ceremonies.length > 0 && (
        <Section title={t('ceremonies')}>
          <Facts items={ceremonies.map((c) => [c.on, [t(c.first ? 'ceremony.first' : 'ceremony.again'), c.note].filter(Boolean).join(' · ')] as const)} />
        </Section>
      )}
    </>
  );
}

function FactsSection({ project: p, onEdit }: { project: ProjectData; onEdit: (() => void) | undefined }) {
  const t = useWords(words);
  const k = useKit();
  const { nameOf } = useUnits();
  const industryName = useIndustryName();
  const trackName = useTracks().nameOf;
  const named = { platform: useNamed('/platforms'), method: useNamed('/methods'), campaign: useNamed('/campaigns') };
  const hidden = (field: string, value: string) => ((p.hidden ?? []).includes(field) && value ? <Masked key={field} value={value} /> : <Text key={field} value={value} />);
  return (
    <>
      <Section
        title={t('facts')}
        extra={
          onEdit && (
            <Button icon={<EditOutlined />} onClick={onEdit}>
              {k('edit')}
            </Button>
          )
        }
      >
        <Facts
          items={[
            [t('field.investor'), p.investor ? <Link key="i" to={`/parties/${p.investor}`}>{p.investor_name || p.investor}</Link> : <Text key="i" value={p.investor_name} />],
            [t('field.total_investment'), <Money key="t" amount={p.total_investment} />],
            [t('field.fixed_investment'), <Money key="f" amount={p.fixed_investment} />],
            [t('field.industry'), <Text key="n" value={p.industry ? industryName(p.industry) : p.industry_text} />],
            [t('field.platform'), p.platform ? <Link key="pl" to={`/platforms/${p.platform}`}>{named.platform.nameOf(p.platform)}</Link> : t('platform.none')],
            [t('field.track'), <Link key="tr" to={`/pipelines/${p.track || 'general'}`}>{trackName(p.track)}</Link>],
            [t('field.kind'), t.maybe('kind.', p.kind)],
            [t('field.builds'), p.builds ? t('builds.yes') : t('builds.no')],
            [t('field.site'), <Text key="s" value={p.site} />],
            [t('field.scope'), <Text key="c" value={p.scope} />],
            [t('field.terms'), hidden('terms', p.terms)],
            [t('field.summary'), <Text key="y" value={p.summary} />],
          ]}
        />
      </Section>
      <Section title={t('group.lead')}>
        <Facts
          items={[
            [t('field.source'), <Text key="s" value={p.source} />],
            [t('field.activity'), p.activity ? <ActivityLink key="a" id={p.activity} /> : <Text key="a" value="" />],
            [t('field.method'), p.method ? <Link key="m" to={`/projects?method=${p.method}`}>{named.method.nameOf(p.method)}</Link> : <Text key="m" value="" />],
            [t('field.campaign'), p.campaign ? <Link key="c" to={`/projects?campaign=${p.campaign}`}>{named.campaign.nameOf(p.campaign)}</Link> : <Text key="c" value="" />],
            [t('field.finder'), hidden('finder', p.finder)],
            [t('field.found_on'), <Day key="d" on={p.found_on} />],
            [t('field.unit'), p.unit_name || nameOf(p.unit) || k('unknown.value')],
            [t('field.owner'), <Text key="o" value={p.owner_name || p.owner} />],
            [t('field.origin'), t.maybe('origin.', p.origin)],
            p.origin === 'imported' ? [t('field.origin_on'), <Day key="oo" on={p.origin_on} />] : null,
            p.origin === 'imported' ? [t('field.origin_author'), hidden('origin_author', p.origin_author ?? '')] : null,
            p.origin_run ? [t('field.origin_run'), <Link key="or" to={`/imports/${p.origin_run}`}>{t('imported.run')}</Link>] : null,
          ]}
        />
      </Section>
    </>
  );
}

/** The activity that brought the lead, by its name. */
function ActivityLink({ id }: { id: string }) {
  const t = useWords(words);
  const activity = useActivity(id);
  if (activity === null) return <span className="muted">{t('activity.hidden')}</span>;
  return <Link to={`/activities/${id}`}>{activity?.name ?? '…'}</Link>;
}

const COUNTED = /^pipeline\.(figure|instalment|fact|tax)_(recorded|voided)$/;

/** Says what was recorded of a figure, an instalment, a dated fact or a tax: which, how much, of what day. */
function useTellCounted(): (entry: Entry) => string {
  const t = useWords(words);
  const lang = useLang();
  const { data } = useLoad('measures', getCounted);
  return useMemo(() => {
    const named = (all: readonly { id: string; zh: string; en: string }[] | null | undefined, id: string) => {
      const one = all?.find((x) => x.id === id);
      return one ? (lang === 'zh' ? one.zh : one.en) : '';
    };
    return (entry) => {
      const d = (entry.detail ?? {}) as Record<string, unknown>;
      const said = (key: string) => (typeof d[key] === 'string' ? d[key] : '');
      const of = data?.measures?.find((m) => m.id === said('measure'));
      const minor = said('currency') ? parseFigure(said('amount'), said('currency')) : null;
      const amount = minor === null ? said('amount') && `${said('amount')} ${(lang === 'zh' ? of?.unit_zh : of?.unit_en) ?? ''}` : shortMoney({ minor: Number(minor), currency: said('currency') }, lang);
      return [named(data?.measures, said('measure')), of && t.maybe('figure.', said('kind')), named(data?.facts, said('fact')), said('period'), named(data?.taxes, said('tax')), amount, said('code'), said('on')].filter(Boolean).join(' ');
    };
  }, [t, lang, data]);
}

function Acts({ id, asOf, track, round, definition }: { id: string; asOf: string; track: string; round: number; definition: Definition | undefined }) {
  const kinds = useEvidenceKinds(definition);
  const tellWork = useTell();
  const t = useWords(words);
  const name = useStageName();
  const k = useKit();
  const { can } = useSession();
  const tellCounted = useTellCounted();
  const tell = useMemo(
    () => (entry: Entry) => {
      if (entry.verb.startsWith('work.')) return tellWork(entry);
      if (COUNTED.test(entry.verb)) return tellCounted(entry);
      const d = (entry.detail ?? {}) as Record<string, unknown>;
      if (typeof d['from'] === 'string' && typeof d['to'] === 'string') return [name(d['from'], track), '→', name(d['to'], track), typeof d['on'] === 'string' ? d['on'] : ''].filter(Boolean).join(' ');
      if (Array.isArray(d['fields'])) return d['fields'].map((f) => t.maybe('field.', String(f))).join(k('list.join'));
      const stage = typeof d['stage'] === 'string' ? name(d['stage'], track) : '';
      const id = typeof d['kind'] === 'string' ? d['kind'] : '';
      const kind = kinds.find((x) => x.value === id)?.label ?? t.maybe('milestone.', id);
      const role = typeof d['role'] === 'string' ? t.maybe('role.', d['role']) : '';
      const on = typeof d['on'] === 'string' ? d['on'] : '';
      return [stage, role, kind, on].filter(Boolean).join(' ');
    },
    [t, k, kinds, name, track, tellWork, tellCounted],
  );
  return (
    <History
      name={`timeline:${id}:${asOf}?${round}`}
      title={t('timeline')}
      page={(cursor, signal) => timelineUntil(id, asOf, cursor, signal)}
      tell={tell}
      extra={can('journal.read') && <Link to={`/journal?object=pipeline.project/${id}`}>{t('timeline.journal')}</Link>}
    />
  );
}

/** The page after cursor of what happened until the end of a day, the next one that holds anything; '' is until now. */
async function timelineUntil(id: string, day: string, cursor: string, signal: AbortSignal): Promise<Page<Entry>> {
  for (;;) {
    const page = await getTimeline(id, cursor, signal);
    const items = (page.items ?? []).filter((e) => !day || dayOf(e.at) <= day);
    if (items.length > 0 || !page.next_cursor) return { ...page, items };
    cursor = page.next_cursor;
  }
}

function MilestoneDrawer({ id, track, open, onClose, onSaved }: { id: string; track: string; open: boolean; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const name = useStageName();
  const k = useKit();
  const [form] = Form.useForm<{ stage: string; kind: string; on: string; note?: string }>();
  useEffect(() => {
    if (open) form.resetFields();
  }, [open, form]);
  const act = useAct(async (values: { stage: string; kind: string; on: string; note?: string }) => {
    await setMilestone(id, { stage: values.stage, kind: values.kind, on: values.on, note: values.note ?? '' });
    onSaved();
    onClose();
  });
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(480px, 100vw)"
      title={t('milestone.add')}
      forceRender
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {k('save')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name="milestone" layout="vertical" initialValues={{ kind: 'planned' }} onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <p className="muted tight">{t('milestone.what')}</p>
          <FieldErrors form={form} problem={act.error} />
        </div>
        <Form.Item name="stage" label={t('field.stage')} rules={[{ required: true, message: t('milestone.stage.needed') }]}>
          <Select options={chainOf(trackOf(useTrackList(), track)).map((s) => ({ value: s, label: name(s, track) }))} />
        </Form.Item>
        <Form.Item name="kind" label={t('milestone.kind')}>
          <Radio.Group options={(['planned', 'forecast', 'actual'] as const).map((v) => ({ value: v, label: t(`milestone.${v}`) }))} />
        </Form.Item>
        <DayField name="on" label={t('milestone.on')} needed={t('day.needed')} />
        <Form.Item name="note" label={t('milestone.note')}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

import { CheckCircleFilled, EditOutlined } from '@ant-design/icons';
import { App, Button, Input } from 'antd';
import { type ReactNode, useId, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { get } from '../../kit/api';
import { DataTable } from '../../kit/DataTable';
import { Day } from '../../kit/figures';
import { PageHead } from '../../kit/ListPage';
import { type Load, useAct, useLoad } from '../../kit/load';
import { DeadEnd, Empty, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import type { Page, Schemas } from '../../kit/types';
import { useWords } from '../../kit/words';
import { signOff } from '../pipeline/api';
import { getMine, getMineBlock, listStalledUnits, type Mine, type UnitStall, type Waiting } from '../pipeline/clock/api';
import { ClockTag } from '../pipeline/clock/ClocksSection';
import { getMine as getContracts, type Mine as Contracts } from '../platform/api';
import { MinutesState } from '../work/ActivityParts';
import { Due as TaskDue } from '../work/TaskParts';
import { Reassign } from '../work/TaskSheet';
import { missingText, waitsText } from './waiting';
import { words } from './words';

type Work = Schemas['WorkMineView'];
type Task = Schemas['WorkTaskView'];
type Conflict = Schemas['PipelineConflictView'];
type Block = Schemas['PipelineMineBlock'];

/** My day, or one block of it whole where the address names one. */
export default function Today() {
  const [search] = useSearchParams();
  const block = search.get('block') ?? '';
  return block ? <WholeBlock id={block} /> : <MyDay />;
}

/** My day: what waits for me and what is late, of projects, joint work and platforms. What the reader may not use is left out. */
function MyDay() {
  const t = useWords(words);
  const { can, session } = useSession();
  const projects = useLoad(can('pipeline.read') ? 'mine-projects' : null, getMine);
  const work = useLoad(can('work.read') ? 'mine-work' : null, (signal) => get<Work>('/work/mine', undefined, signal));
  const contracts = useLoad(can('platform.read') ? 'mine-platforms' : null, getContracts);
  const conflicts = useLoad(can('pipeline.arbitrate') ? 'mine-conflicts' : null, (signal) => get<Page<Conflict>>('/conflicts', { state: 'open', limit: 8 }, signal));
  const oversees = (session?.account.roles ?? []).some((r) => ['leader', 'department_lead', 'auditor', 'province'].includes(r));
  const units = useLoad(oversees && can('pipeline.read') ? 'stalled-units' : null, listStalledUnits);
  useTitle(t('today'));
  const loads: Pick<Load<unknown>, 'data' | 'error' | 'loading' | 'reload'>[] = [projects, conflicts, work, contracts, units];
  const blocks = [...projectBlocks(projects.data, t, projects.reload), ...conflictBlock(conflicts.data?.items ?? [], t), ...workBlocks(work.data, t, work.reload), ...contractBlocks(contracts.data, t)];
  const stalls = (units.data?.items ?? []).length > 0;
  const waiting = loads.some((l) => l.loading && l.data === undefined);
  const failed = loads.filter((l) => l.error);
  return (
    <>
      <PageHead title={t('today')} note={projects.data && <span className="figure">{projects.data.today}</span>} />
      {failed.map((l, i) => (
        <div key={i} className="stack">
          <Problem problem={l.error as NonNullable<typeof l.error>} retry={l.reload} />
        </div>
      ))}
      {waiting && blocks.length === 0 ? (
        <Loading rows={8} />
      ) : blocks.length === 0 && !stalls && failed.length === 0 ? (
        <Empty title={t('done')} action={can('pipeline.read') ? <Link to="/projects">{t('done.projects')}</Link> : undefined}>
          {t('done.what')}
        </Empty>
      ) : (
        <div className="day-grid">
          {oversees && units.data && <StalledUnits units={units.data.items ?? []} />}
          {blocks}
        </div>
      )}
    </>
  );
}

type Say = ReturnType<typeof useWords<keyof (typeof words)['zh']>>;

/** The blocks of projects that hold something. */
function projectBlocks(mine: Mine | undefined, t: Say, reload: () => void): ReactNode[] {
  const soon = mine?.rules?.find((r) => r.id === 'due_soon')?.value;
  return (mine?.blocks ?? [])
    .filter((b) => b.count > 0)
    .map((b) => (
      <Section key={b.id} title={`${t(`block.${b.id}`)} (${b.count})`} extra={told(b.id, soon, t)}>
        <Matters block={b} reload={reload} />
        <More n={b.count} shown={b.items?.length ?? 0} to={`/today?block=${b.id}`} />
      </Section>
    ));
}

/** The projects of a block. */
function Matters({ block: b, reload }: { block: Block; reload: () => void }) {
  return (
    <ul className="matters">
      {(b.items ?? []).map((w) => (
        <li key={w.id}>{b.id === 'signatures' ? <ToSign waiting={w} onSigned={reload} /> : <Matter waiting={w} />}</li>
      ))}
    </ul>
  );
}

/** One block of projects, all that it counts. */
function WholeBlock({ id }: { id: string }) {
  const t = useWords(words);
  const load = useLoad(`mine-block:${id}`, (signal) => getMineBlock(id, signal));
  const block = load.data?.blocks?.[0];
  const title = t.maybe('block.', id);
  const soon = load.data?.rules?.find((r) => r.id === 'due_soon')?.value;
  useTitle(title);
  return (
    <>
      <PageHead title={block ? `${title} (${block.count})` : title} note={told(id, soon, t)} actions={<Link to="/today">{t('today.back')}</Link>} />
      {load.error ? (
        <DeadEnd problem={load.error} retry={load.reload} back={t('today.back')} to="/today" />
      ) : !block ? (
        <Loading rows={8} />
      ) : block.count === 0 ? (
        <Empty title={t('done')}>{t('done.what')}</Empty>
      ) : (
        <div className="section">
          <Matters block={block} reload={load.reload} />
          <More n={block.count} shown={block.items?.length ?? 0} to={id === 'overdue' ? '/stalled' : ''} />
        </div>
      )}
    </>
  );
}

/** What a block holds, where its title does not say. */
function told(block: string, soon: number | undefined, t: Say): ReactNode {
  if (block === 'due_soon' && soon) return <span className="muted small">{t('block.due_soon.what', { n: soon })}</span>;
  if (block === 'missing') return <span className="muted small">{t('block.missing.what')}</span>;
  return undefined;
}

function More({ n, shown, to }: { n: number; shown: number; to: string }) {
  const t = useWords(words);
  if (n <= shown) return null;
  return (
    <p className="muted small tight">
      {t('more', { n, shown })} {to && <Link to={to}>{t('more.see')}</Link>}
    </p>
  );
}

/** One project that waits: what is late, what is missing, for whom. */
function Matter({ waiting: w }: { waiting: Waiting }) {
  const t = useWords(words);
  return (
    <>
      <div className="card-line">
        <Link to={`/projects/${w.id}`} className="strong">
          {w.name}
        </Link>
        {w.clock ? <ClockTag clock={{ ...w.clock, why: '' }} firm="" /> : <span className="muted small">{w.stage_label}</span>}
      </div>
      <div className="small muted">
        {[w.clock?.name, w.clock && t('due', { day: w.clock.due_on }) + (w.clock.provisional ? ` ${t('provisional')}` : ''), waitsText(w, t)].filter(Boolean).join(' · ')}
      </div>
      {w.reason && <div className="small">{t('reason', { reason: w.reason })}</div>}
      <div className="small">{missingText(w, t)}</div>
    </>
  );
}

/** One project whose next stage lacks nothing but the reader's signature: what is signed is shown, and it is signed here. */
function ToSign({ waiting: w, onSigned }: { waiting: Waiting; onSigned: () => void }) {
  const t = useWords(words);
  const { message } = App.useApp();
  const [open, setOpen] = useState(false);
  const [opinion, setOpinion] = useState('');
  const field = useId();
  const act = useAct(async () => {
    await signOff(w.id, { stage: w.next, role: w.waits_on, opinion: opinion.trim() });
    void message.success(t('sign.done', { name: w.name }));
    onSigned();
  });
  return (
    <>
      <div className="card-line">
        <Link to={`/projects/${w.id}`} className="strong">
          {w.name}
        </Link>
        <span className="tag" data-tone="purple">
          {t('to', { stage: w.next_label })}
        </span>
      </div>
      <div className="small muted">{[w.code, w.unit_name, w.owner_name, w.clock && t('due', { day: w.clock.due_on })].filter(Boolean).join(' · ')}</div>
      <ul className="papers-seen" aria-label={t('papers')}>
        {(w.gate ?? [])
          .filter((i) => i.met)
          .map((i) => (
            <li key={i.kind + i.id}>
              <CheckCircleFilled className="ok" aria-hidden /> {i.label}
            </li>
          ))}
      </ul>
      {!open ? (
        <div className="sign-here">
          <Button icon={<EditOutlined />} onClick={() => setOpen(true)} aria-expanded={false}>
            {t('sign')}
          </Button>
        </div>
      ) : (
        <div className="sign-here">
          {act.error && <Problem problem={act.error} />}
          <label htmlFor={field}>{t('sign.opinion')}</label>
          <Input.TextArea id={field} rows={2} maxLength={1000} value={opinion} onChange={(e) => setOpinion(e.target.value)} autoFocus />
          <span className="muted small">{t('sign.same')}</span>
          <Button type="primary" loading={act.busy} onClick={() => void act.run()}>
            {t('sign.confirm')}
          </Button>
          <Button onClick={() => setOpen(false)}>{t('sign.hide')}</Button>
        </div>
      )}
    </>
  );
}

/** Conflicts between reports that the reader is to decide. */
function conflictBlock(items: readonly Conflict[], t: Say): ReactNode[] {
  if (items.length === 0) return [];
  return [
    <Section key="conflicts" title={t('block.conflicts')} extra={<Link to="/reports?view=conflicts">{t('more.see')}</Link>}>
      <ul className="matters">
        {items.map((c) => (
          <li key={c.id}>
            <div className="card-line">
              <Link to="/reports?view=conflicts" className="strong">
                {c.first.firm_name || c.second.firm_name}
              </Link>
              <Due day={c.due_on} late={c.overdue && !c.due_provisional} provisional={c.due_provisional} />
            </div>
            <div className="small muted">{[c.first.unit_name, c.second.unit_name].filter(Boolean).join(' / ')}</div>
          </li>
        ))}
      </ul>
    </Section>,
  ];
}

/** How many lines a block shows; the list behind it has them all. */
const FEW = 8;

/** Tasks and activities that wait, what is due first on top. */
function workBlocks(work: Work | undefined, t: Say, reload: () => void): ReactNode[] {
  if (!work) return [];
  const tasks = (id: TaskBlock, items: readonly Task[] | null, all: string) => taskBlock(id, items ?? [], work.counts[id] ?? 0, all, t, reload);
  return [
    ...tasks('overdue', work.overdue, '/tasks'),
    ...tasks('due_soon', work.due_soon, '/tasks'),
    ...tasks('offered', work.offered, '/tasks?whose=unit&state=offered'),
    ...tasks('returned', work.returned, '/tasks?whose=given&state=returned'),
    ...tasks('ownerless', work.ownerless, '/tasks?whose=unit'),
    ...minutesBlock(work, t),
    ...tasks('later', work.later, '/tasks'),
  ];
}

type TaskBlock = 'overdue' | 'due_soon' | 'offered' | 'returned' | 'ownerless' | 'later';

/** One block of tasks; those whose owner has left are handed on here. */
function taskBlock(id: TaskBlock, items: readonly Task[], n: number, all: string, t: Say, reload: () => void): ReactNode[] {
  if (n === 0) return [];
  const shown = items.slice(0, FEW);
  return [
    <Section key={id} title={`${t(`block.tasks_${id}`)} (${n})`} extra={<Link to={all}>{t('more.see')}</Link>}>
      {id === 'ownerless' && <p className="muted small tight">{t('block.tasks_ownerless.what')}</p>}
      <ul className="matters">
        {shown.map((task) => (
          <li key={task.id}>
            <TaskLine task={task} />
            {id === 'ownerless' && (
              <div className="actions">
                <Reassign task={task} onChanged={reload} />
              </div>
            )}
          </li>
        ))}
      </ul>
      <More n={n} shown={shown.length} to="" />
    </Section>,
  ];
}

/** Activities whose minutes are owed. */
function minutesBlock(work: Work, t: Say): ReactNode[] {
  const owed = work.counts['minutes'] ?? 0;
  if (owed === 0) return [];
  const shown = (work.minutes ?? []).slice(0, FEW);
  return [
    <Section key="minutes" title={`${t('block.minutes')} (${owed})`} extra={<Link to="/activities?owing=1">{t('more.see')}</Link>}>
      <ul className="matters">
        {shown.map((a) => (
          <li key={a.id}>
            <div className="card-line">
              <Link to={`/activities/${a.id}`} className="strong">
                {a.name}
              </Link>
              <Due day={a.minutes_due} late={a.minutes_late} provisional={a.minutes_provisional} />
            </div>
            <div className="small">
              <MinutesState activity={a} />
            </div>
          </li>
        ))}
      </ul>
      <More n={owed} shown={shown.length} to="" />
    </Section>,
  ];
}

/** One task: what, until when, about what, and whom it was left by. */
function TaskLine({ task }: { task: Task }) {
  const t = useWords(words);
  return (
    <>
      <div className="card-line">
        <Link to={`/tasks?open=${task.id}`} className="strong">
          {task.title}
        </Link>
        <span className="small">
          <TaskDue task={task} />
        </span>
      </div>
      {task.owner_left && <div className="small bad">{t('owner.left', { name: task.owner_name })}</div>}
      {task.subject_title && <div className="small muted">{task.subject_title}</div>}
      {task.reason && <div className="small">{t('reason', { reason: task.reason })}</div>}
    </>
  );
}

/** A day something is due; late in red, one the calendar does not settle marked. */
function Due({ day, late, provisional }: { day: string; late: boolean; provisional?: boolean }) {
  const t = useWords(words);
  return (
    <span className={late ? 'tag' : 'small muted'} {...(late ? { 'data-tone': 'red' } : {})}>
      <Day on={day} />
      {provisional && ` ${t('provisional')}`}
    </span>
  );
}

/** Contract tasks that wait. */
function contractBlocks(mine: Contracts | undefined, t: Say): ReactNode[] {
  if (!mine) return [];
  return (['to_submit', 'to_accept', 'late'] as const).flatMap((id) => {
    const items = mine[id] ?? [];
    if (items.length === 0) return [];
    return [
      <Section key={id} title={`${t(`block.${id}`)} (${items.length})`}>
        <ul className="matters">
          {items.slice(0, FEW).map((task) => (
            <li key={task.id} className="card-line">
              <Link to={`/contracts/${task.contract}#${task.id}`} className="strong">
                {task.title}
              </Link>
              <Due day={task.due_on} late={task.late} />
            </li>
          ))}
        </ul>
      </Section>,
    ];
  });
}

/** What stalls by department, for whoever oversees several. */
function StalledUnits({ units }: { units: readonly UnitStall[] }) {
  const t = useWords(words);
  return (
    <div className="section wide">
      <header>
        <h2>{t('units')}</h2>
        <Link to="/stalled">{t('more.see')}</Link>
      </header>
      {units.length === 0 ? (
        <p className="muted tight">{t('units.none')}</p>
      ) : (
        <DataTable
          caption={t('units.caption')}
          rows={units}
          rowKey={(u) => u.unit}
          columns={[
            { id: 'unit', title: t('unit'), cell: (u) => <Link to={`/stalled?unit=${u.unit}`}>{u.unit_name || t('unit.none')}</Link> },
            { id: 'overdue', title: t('units.overdue'), numeric: true, cell: (u) => (u.overdue > 0 ? <Link to={`/stalled?unit=${u.unit}`}>{u.overdue}</Link> : 0) },
            { id: 'quiet', title: t('units.quiet'), numeric: true, cell: (u) => (u.quiet > 0 ? <Link to={`/stalled?unit=${u.unit}&kind=quiet`}>{u.quiet}</Link> : 0) },
            { id: 'oldest', title: t('units.oldest'), cell: (u) => (u.oldest_due_on ? <Day on={u.oldest_due_on} /> : '—') },
          ]}
          card={(u) => (
            <div className="card-line">
              <Link to={`/stalled?unit=${u.unit}`} className="strong">
                {u.unit_name || t('unit.none')}
              </Link>
              <span className="figure">
                {t('units.overdue')} {u.overdue} · {t('units.quiet')} {u.quiet}
              </span>
            </div>
          )}
        />
      )}
    </div>
  );
}

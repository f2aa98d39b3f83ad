import { PlusOutlined } from '@ant-design/icons';
import { Button, Input, Select, Tabs } from 'antd';
import { type MouseEvent, useState } from 'react';
import { queryOf } from '../../kit/address';
import { DataTable } from '../../kit/DataTable';
import { ListPage, useFilters } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { Empty } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useLang, useWords } from '../../kit/words';
import { listTasks, OPEN_STATES, STATES, type Task } from './api';
import { useDepartments } from './lookups';
import TaskForm from './TaskForm';
import { Due, Owner, Subject, TaskState } from './TaskParts';
import { TaskActs, TaskDrawer } from './TaskSheet';
import { words } from './words';

const SPEC = { whose: 'text', q: 'text', state: 'list', unit: 'text', overdue: 'flag', closed: 'flag' } as const;

/** The list of tasks: one's own, the department's, those one has given, all. */
export default function Tasks() {
  const t = useWords(words);
  const lang = useLang();
  const { can, session } = useSession();
  const list = useFilters(SPEC);
  const f = list.filters;
  const whose = f.whose || 'mine';
  const { choices, nameOf } = useDepartments();
  const [giving, setGiving] = useState(false);
  const [round, setRound] = useState(0);
  const { whose: _whose, closed: _closed, ...asked } = queryOf(SPEC, f);
  const me = session?.account;
  const scope = { mine: { owner: me?.id }, unit: { unit: me?.unit }, given: { giver: me?.id }, all: {} }[whose] ?? {};
  const states = f.state.length > 0 ? f.state : f.closed ? [...STATES] : [...OPEN_STATES];
  const query = { ...asked, ...scope, state: states, sort: list.sort || 'due_on', cursor: list.cursor, limit: 50 };
  const load = useLoad(`/tasks?${JSON.stringify(query)}${round}`, (signal) => listTasks(query, signal));
  const changed = () => setRound((r) => r + 1);
  const said = list.active
    .filter((name) => name !== 'whose')
    .map((name) => {
      switch (name) {
        case 'state':
          return f.state.map((s) => t.maybe('state.', s)).join(lang === 'zh' ? '、' : ' or ');
        case 'unit':
          return `${t('field.unit')} ${nameOf(f.unit)}`;
        case 'overdue':
          return t('filter.overdue');
        case 'closed':
          return t('filter.closed');
        default:
          return t('filter.q', { value: f.q });
      }
    });
  const title = (task: Task) => (
    <a
      className="clamp"
      href={`/tasks?open=${task.id}`}
      title={task.title}
      onClick={(e: MouseEvent) => {
        if (e.metaKey || e.ctrlKey || e.shiftKey) return;
        e.preventDefault();
        list.setOpen(task.id);
      }}
    >
      {task.title}
    </a>
  );
  return (
    <>
      <ListPage
        title={t('tasks')}
        actions={
          can('work.assign') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setGiving(true)}>
              {t('task.give')}
            </Button>
          )
        }
        filters={
          <>
            <Tabs className="whose" activeKey={whose} onChange={(key) => list.change({ whose: key === 'mine' ? '' : key, unit: '' })} items={(['mine', 'unit', 'given', 'all'] as const).map((w) => ({ key: w, label: t(`whose.${w}`) }))} />
            <Input.Search key={f.q} allowClear defaultValue={f.q} aria-label={t('filter.q.label')} placeholder={t('filter.q.label')} onSearch={(q) => list.change({ q })} style={{ maxWidth: 260 }} />
            <Select mode="multiple" maxTagCount="responsive" allowClear aria-label={t('field.state')} placeholder={t('field.state')} value={f.state} onChange={(state) => list.change({ state })} options={STATES.map((s) => ({ value: s, label: t(`state.${s}`) }))} style={{ minWidth: 170 }} />
            {whose === 'all' && <Select allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={t('field.unit')} placeholder={t('field.unit')} value={f.unit || undefined} onChange={(unit?: string) => list.change({ unit: unit ?? '' })} options={choices} style={{ minWidth: 160 }} />}
            <Button type={f.overdue ? 'primary' : 'default'} ghost={f.overdue} aria-pressed={f.overdue} onClick={() => list.change({ overdue: !f.overdue })}>
              {t('filter.overdue')}
            </Button>
            <Button type={f.closed ? 'primary' : 'default'} ghost={f.closed} aria-pressed={f.closed} onClick={() => list.change({ closed: !f.closed })}>
              {t('filter.closed')}
            </Button>
          </>
        }
        words={said}
        onClear={list.clear}
        load={load}
        empty={
          <Empty title={t(`tasks.none.${whose === 'mine' ? 'mine' : 'other'}`)} action={can('work.assign') && <Button onClick={() => setGiving(true)}>{t('task.give')}</Button>}>
            {t('tasks.none.what')}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            caption={t('tasks')}
            rows={rows}
            rowKey={(task) => task.id}
            sort={list.sort || 'due_on'}
            onSort={list.setSort}
            onOpen={(task) => list.setOpen(task.id)}
            opened={list.open}
            columns={[
              { id: 'title', title: t('field.title'), cell: (task) => <>{title(task)}{task.priority === 'urgent' && <span className="bad small"> {t('priority.urgent')}</span>}<div className="small"><Subject object={task.subject} title={task.subject_title} /></div></> },
              { id: 'state', title: t('field.state'), cell: (task) => <TaskState task={task} /> },
              { id: 'due', title: t('field.due_on'), sort: 'due_on', cell: (task) => <Due task={task} /> },
              { id: 'owner', title: t('held.by'), cell: (task) => <Owner task={task} /> },
              { id: 'giver', title: t('field.giver'), cell: (task) => <>{task.giver_name || task.giver}<div className="muted small">{task.giver_unit_name}</div></> },
              { id: 'act', title: t('acts'), cell: (task) => <TaskActs task={task} onChanged={changed} small /> },
            ]}
            card={(task) => (
              <>
                <div className="card-line">
                  <span className="strong">{title(task)}</span>
                  <TaskState task={task} />
                </div>
                <div className="card-line muted small">
                  <Due task={task} />
                  <span>{task.owner ? task.owner_name : task.unit_name}{task.owner_left && <span className="bad"> · {t('owner.left')}</span>}</span>
                </div>
                {task.subject && <div className="small"><Subject object={task.subject} title={task.subject_title} /></div>}
                <TaskActs task={task} onChanged={changed} small />
              </>
            )}
          />
        )}
      </ListPage>
      <TaskDrawer id={list.open} onClose={() => list.setOpen('')} onChanged={changed} />
      <TaskForm open={giving} onClose={() => setGiving(false)} onSaved={changed} />
    </>
  );
}

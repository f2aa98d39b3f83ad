import { PlusOutlined } from '@ant-design/icons';
import { Button, Form, Input } from 'antd';
import { useRef, useState } from 'react';
import { Link } from 'react-router';
import { submitKey, submitOnce } from '../../kit/api';
import { Day, When } from '../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../kit/forms';
import { useAct, useLoad } from '../../kit/load';
import { Loading, Masked, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useWords } from '../../kit/words';
import { listNotes, listTasks, type Note, OPEN_STATES, STATES, withdrawNote, writeNote } from './api';
import { Due, Owner, TaskState } from './TaskParts';
import TaskForm from './TaskForm';
import { TaskActs, TaskDrawer } from './TaskSheet';
import { words } from './words';

/** Tasks, comments and visits about one thing, on its page. changed tells the page that its timeline has grown. */
export default function WorkSection({ object, name, onChanged }: { object: string; name: string; onChanged: () => void }) {
  const { can } = useSession();
  if (!can('work.read')) return null;
  return (
    <>
      <TasksOf object={object} name={name} onChanged={onChanged} />
      <NotesOf object={object} onChanged={onChanged} />
    </>
  );
}

/** How many lines a section shows at first, and at most: one page of the API. */
const FEW = 50;
const MANY = 200;

/** Says that there is more than is shown, and fetches it as far as one page holds. */
function Rest({ more, shown, onMore }: { more: boolean; shown: number; onMore: () => void }) {
  const t = useWords(words);
  if (!more) return null;
  return shown < MANY ? <Button onClick={onMore}>{t('rest.see')}</Button> : <p className="muted small">{t('rest.beyond', { n: MANY })}</p>;
}

function TasksOf({ object, name, onChanged }: { object: string; name: string; onChanged: () => void }) {
  const t = useWords(words);
  const { can } = useSession();
  const [giving, setGiving] = useState(false);
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState('');
  const [limit, setLimit] = useState(FEW);
  const query = { object, state: all ? [...STATES] : [...OPEN_STATES], limit };
  const load = useLoad(`tasks-of:${object}?${all}&${limit}`, (signal) => listTasks(query, signal));
  const changed = () => {
    load.reload();
    onChanged();
  };
  const rows = load.data?.items ?? [];
  return (
    <Section
      id="tasks"
      title={t('tasks')}
      extra={
        <>
          <Button type="text" aria-pressed={all} onClick={() => setAll(!all)}>
            {all ? t('tasks.open.only') : t('tasks.with.closed')}
          </Button>
          {can('work.assign') && (
            <Button icon={<PlusOutlined />} onClick={() => setGiving(true)}>
              {t('task.give')}
            </Button>
          )}
        </>
      }
    >
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={3} />
      ) : rows.length === 0 ? (
        <p className="muted tight">{t('tasks.of.none')}</p>
      ) : (
        <ul className="papers">
          {rows.map((task) => (
            <li key={task.id}>
              <div className="card-line">
                <Button type="link" className="inline strong" onClick={() => setOpen(task.id)}>
                  {task.title}
                </Button>
                <TaskState task={task} />
              </div>
              <div className="card-line small">
                <Due task={task} />
                <span><Owner task={task} /></span>
              </div>
              <TaskActs task={task} onChanged={changed} small />
            </li>
          ))}
        </ul>
      )}
      <Rest more={Boolean(load.data?.next_cursor)} shown={rows.length} onMore={() => setLimit(MANY)} />
      <TaskDrawer id={open} onClose={() => setOpen('')} onChanged={changed} />
      <TaskForm open={giving} about={{ object, name, note: '' }} onClose={() => setGiving(false)} onSaved={changed} />
    </Section>
  );
}

function NotesOf({ object, onChanged }: { object: string; onChanged: () => void }) {
  const t = useWords(words);
  const { can } = useSession();
  const [limit, setLimit] = useState(FEW);
  const load = useLoad(`notes:${object}?${limit}`, (signal) => listNotes({ object, limit }, signal));
  const [taking, setTaking] = useState<Note>();
  const changed = () => {
    load.reload();
    onChanged();
  };
  const rows = load.data?.items ?? [];
  return (
    <Section id="notes" title={t('notes')} extra={can('work.note') && !object.startsWith('work.') && <Link to={`/note?object=${encodeURIComponent(object)}`}>{t('visit.write')}</Link>}>
      {can('work.note') && <CommentBox object={object} onSaved={changed} />}
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={3} />
      ) : rows.length === 0 ? (
        <p className="muted tight">{t('notes.none')}</p>
      ) : (
        <ul className="papers">
          {rows.map((n) => (
            <NoteLine key={n.id} note={n} onWithdraw={() => setTaking(n)} />
          ))}
        </ul>
      )}
      <Rest more={Boolean(load.data?.next_cursor)} shown={rows.length} onMore={() => setLimit(MANY)} />
      <ReasonDialog
        open={taking !== undefined}
        title={t('note.withdraw')}
        intro={t('note.withdraw.what')}
        confirm={t('note.withdraw')}
        onCancel={() => setTaking(undefined)}
        onConfirm={async (reason) => {
          if (taking) await withdrawNote(taking.id, reason);
          setTaking(undefined);
          changed();
        }}
      />
    </Section>
  );
}

/** One comment or visit. */
export function NoteLine({ note: n, onWithdraw }: { note: Note; onWithdraw?: () => void }) {
  const t = useWords(words);
  const hidden = (n.hidden ?? []).includes('people');
  return (
    <li data-withdrawn={n.withdrawn_at > 0 || undefined}>
      <div className="card-line">
        <span className="strong">
          {t.maybe('note.', n.kind)} {n.kind === 'visit' && <Day on={n.on} />} {n.firm_name}
        </span>
        <span className="muted small">
          {n.by_name} · <When at={n.created_at} minute />
        </span>
      </div>
      <div style={{ whiteSpace: 'pre-wrap' }}>{n.text}</div>
      {n.people && (
        <div className="small">
          {t('field.people')} {hidden ? <Masked value={n.people} /> : n.people}
        </div>
      )}
      {n.place && <div className="small muted">{n.place}</div>}
      {n.withdrawn_at > 0 && <div className="small bad">{t('note.withdrawn', { reason: n.withdrawn_why })}</div>}
      {n.may_withdraw && onWithdraw && (
        <Button type="link" size="small" className="inline" onClick={onWithdraw}>
          {t('note.withdraw')}
        </Button>
      )}
    </li>
  );
}

function CommentBox({ object, onSaved }: { object: string; onSaved: () => void }) {
  const t = useWords(words);
  const [form] = Form.useForm<{ text: string }>();
  const key = useRef(submitKey());
  const act = useAct(async (values: { text: string }) => {
    await submitOnce(key, (once) => writeNote({ kind: 'comment', subject: object, text: values.text }, once));
    form.resetFields();
    onSaved();
  });
  return (
    <Form form={form} name="comment" layout="vertical" onFinish={(values) => void act.run(values)}>
      <FieldErrors form={form} problem={act.error} />
      <Form.Item name="text" label={t('comment.label')} rules={[{ required: true, whitespace: true, message: t('text.needed') }]} style={{ marginBottom: 8 }}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={8000} placeholder={t('comment.hint')} />
      </Form.Item>
      <div className="actions" style={{ marginBottom: 12 }}>
        <Button htmlType="submit" loading={act.busy}>
          {t('comment.write')}
        </Button>
      </div>
    </Form>
  );
}

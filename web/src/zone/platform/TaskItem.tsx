import { CheckOutlined, DownloadOutlined, InboxOutlined } from '@ant-design/icons';
import { Alert, Button, Drawer, Form, Input, Upload } from 'antd';
import { useEffect, useState } from 'react';
import { download, submitKey } from '../../kit/api';
import { DayField } from '../../kit/DayField';
import { Day, sizeText, When } from '../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Copyable, Problem, SecrecyNotice, Section } from '../../kit/notices';
import { toHex } from '../../kit/proof';
import { useSession } from '../../kit/session';
import { dayOf } from '../../kit/when';
import { useWords } from '../../kit/words';
import { answerObjection, type Contract, filePath, reviewTask, submitEvidence, type Task } from './api';
import { TaskTag } from './states';
import { words } from './words';

type Doing = '' | 'submit' | 'answer' | 'accept' | 'object' | 'cancel';

/** One contract task: what shows it is done, what was handed in, what was decided, and what the reader can do. */
export function TaskItem({ contract: c, task, etag, onEdit, onChanged }: { contract: Contract; task: Task; etag: string; onEdit: (() => void) | undefined; onChanged: () => void }) {
  const t = useWords(words);
  const { can } = useSession();
  const [doing, setDoing] = useState<Doing>('');
  const stop = () => setDoing('');
  const done = () => {
    stop();
    onChanged();
  };
  const open = c.state !== 'closed';
  const owed = task.state === 'open' || task.state === 'objected';
  return (
    <Section
      id={task.id}
      title={`${task.seq}. ${task.title}`}
      extra={<TaskTag task={task} />}
    >
      <p className="tight">
        <span className="muted">{t('field.evidence')}</span> {task.evidence}
      </p>
      <p className="tight small">
        <span className="muted">{t('due')}</span> <Day on={task.due_on} /> · <span className="muted">{t('field.acceptor')}</span> {task.acceptor_name}
      </p>
      {task.state === 'cancelled' && <p className="tight muted">{t('task.cancelled', { reason: task.reason })}</p>}
      <Filed contract={c} task={task} />
      {open && (
        <div className="actions task-actions">
          {can('platform.submit') && (owed || task.state === 'submitted') && (
            <Button type={owed ? 'primary' : 'default'} onClick={() => setDoing('submit')}>
              {t('submit')}
            </Button>
          )}
          {can('platform.submit') && task.state === 'objected' && <Button onClick={() => setDoing('answer')}>{t('answer')}</Button>}
          {can('platform.accept') && task.state === 'submitted' && (
            <>
              <Button type="primary" icon={<CheckOutlined />} onClick={() => setDoing('accept')}>
                {t('accept')}
              </Button>
              <Button onClick={() => setDoing('object')}>{t('object')}</Button>
            </>
          )}
          {onEdit && task.state !== 'accepted' && task.state !== 'cancelled' && (
            <Button type="text" onClick={onEdit} aria-label={`${t('task.edit')} ${task.title}`}>
              {t('task.edit')}
            </Button>
          )}
          {onEdit && owed && (
            <Button type="text" danger onClick={() => setDoing('cancel')} aria-label={`${t('task.cancel')} ${task.title}`}>
              {t('task.cancel')}
            </Button>
          )}
        </div>
      )}
      <SubmitDrawer contract={c.id} task={task} open={doing === 'submit'} onClose={stop} onSaved={done} />
      <ReasonDialog
        open={doing === 'answer'}
        title={t('answer')}
        intro={t('objection', { reason: task.reason })}
        confirm={t('answer')}
        extra={<DayField name="on" label={t('field.on')} needed={t('needed')} />}
        onCancel={stop}
        onConfirm={async (text, values) => {
          await answerObjection(c.id, task.id, { text, on: values['on'] }, submitKey());
          done();
        }}
      />
      <ReasonDialog
        open={doing === 'accept'}
        title={t('accept')}
        intro={t('accept.what')}
        confirm={t('accept')}
        optional={t('opinion')}
        onCancel={stop}
        onConfirm={async (opinion) => {
          await reviewTask(c.id, task.id, 'accept', { opinion }, etag);
          done();
        }}
      />
      {(['object', 'cancel'] as const).map((verb) => (
        <ReasonDialog
          key={verb}
          open={doing === verb}
          title={t(verb === 'object' ? 'object' : 'task.cancel')}
          intro={t(verb === 'object' ? 'object.what' : 'cancel.what')}
          confirm={t(verb === 'object' ? 'object' : 'task.cancel')}
          danger={verb === 'cancel'}
          onCancel={stop}
          onConfirm={async (reason) => {
            await reviewTask(c.id, task.id, verb, { reason }, etag);
            done();
          }}
        />
      ))}
    </Section>
  );
}

/** What was handed in and what was decided, as it happened. */
function Filed({ contract: c, task }: { contract: Contract; task: Task }) {
  const t = useWords(words);
  const file = useAct((path: string) => download(path));
  const lines = [
    ...(task.submissions ?? []).map((s) => ({ at: s.recorded_at, id: s.id, submission: s, review: undefined })),
    ...(task.reviews ?? []).map((r) => ({ at: r.recorded_at, id: r.id, submission: undefined, review: r })),
  ].sort((a, b) => a.at - b.at || a.id.localeCompare(b.id));
  if (lines.length === 0) return task.state === 'cancelled' ? null : <p className="muted tight">{t('filed.none')}</p>;
  return (
    <>
      {file.error && <Problem problem={file.error} />}
      <ul className="papers filed">
        {lines.map(({ id, at, submission: s, review: r }) => (
          <li key={id}>
            <div className="card-line">
              <span className={r?.decision === 'objected' ? 'strong warn' : 'strong'}>{s ? t.maybe('filed.', s.kind) : t.maybe('filed.', r?.decision ?? '')}</span>
              <span className="muted small">
                {s?.by_name ?? r?.by_name} · <When at={at} minute />
              </span>
            </div>
            {(s?.text || r?.reason) && <div>{s?.text || r?.reason}</div>}
            {s && (
              <div className="row small">
                <span className="muted">
                  {t('field.on')} <Day on={s.on} />
                </span>
                {s.file && (
                  <Button type="link" size="small" className="inline" icon={<DownloadOutlined aria-hidden />} onClick={() => void file.run(filePath(c.id, s.id))}>
                    {s.file_name} ({sizeText(s.size)})
                  </Button>
                )}
                {s.sha256 && (
                  <span className="muted">
                    SHA-256 <Copyable text={s.sha256} shown={s.sha256.slice(0, 12) + '…'} />
                  </span>
                )}
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

interface Values {
  text?: string;
  on?: string;
}

/** Hands in one document for a task: the file is hashed here and the server's hash is compared with it. */
function SubmitDrawer({ contract, task, open, onClose, onSaved }: { contract: string; task: Task; open: boolean; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<Values>();
  const [file, setFile] = useState<File>();
  const [hash, setHash] = useState('');
  const [mismatch, setMismatch] = useState(false);
  const [lacking, setLacking] = useState(false);
  const act = useAct(async (values: Values) => {
    if (!file) return setLacking(true);
    const body = new FormData();
    body.append('text', values.text ?? '');
    body.append('on', values.on ?? '');
    body.append('file', file);
    const { data } = await submitEvidence(contract, task.id, body, submitKey());
    const kept = (data.tasks ?? []).find((x) => x.id === task.id)?.submissions ?? [];
    if (!kept.some((s) => s.sha256 === hash)) return setMismatch(true);
    onSaved();
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    setFile(undefined);
    setHash('');
    setMismatch(false);
    setLacking(false);
    clear();
  }, [open, form, clear]);
  const choose = async (chosen: File) => {
    setFile(chosen);
    setLacking(false);
    clear();
    setHash('');
    setHash(toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', await chosen.arrayBuffer()))));
  };
  const wrong = lacking ? t('file.needed') : act.error?.errors.find((e) => e.field === 'file')?.message;
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(560px, 100vw)"
      title={`${t('submit')} · ${task.title}`}
      mask={{ closable: false }}
      forceRender
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {t('submit')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name={`submit-${task.id}`} layout="vertical" initialValues={{ on: dayOf(Date.now()) }} onFinish={(values) => void act.run(values)} onFinishFailed={() => setLacking(!file)} scrollToFirstError={{ focus: true }}>
        <div className="stack">
          <SecrecyNotice />
          <p className="tight">
            <span className="muted">{t('field.evidence')}</span> {task.evidence}
          </p>
          <FieldErrors form={form} problem={act.error} />
          {mismatch && <Alert type="error" showIcon role="alert" title={t('file.mismatch')} />}
        </div>
        <Form.Item label={t('file')} required extra={t('file.limits')} {...(wrong ? { validateStatus: 'error' as const, help: wrong } : {})}>
          <Upload.Dragger maxCount={1} fileList={[]} beforeUpload={(chosen) => { void choose(chosen); return false; }}>
            <p className="tight">
              <InboxOutlined aria-hidden style={{ fontSize: 28 }} />
            </p>
            <p className="tight">{t('file.drop')}</p>
          </Upload.Dragger>
          {file && (
            <div aria-live="polite" style={{ marginTop: 8 }}>
              <div>
                {file.name} ({sizeText(file.size)})
              </div>
              <div className="mono muted">SHA-256 {hash || '…'}</div>
            </div>
          )}
        </Form.Item>
        <DayField name="on" label={t('field.on')} extra={t('on.why')} needed={t('needed')} />
        <Form.Item name="text" label={t('field.text')}>
          <Input.TextArea rows={3} maxLength={4000} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

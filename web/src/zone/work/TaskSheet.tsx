import { Button, Drawer, Form, Input } from 'antd';
import { type ReactNode, useState } from 'react';
import { PagedTimeline } from '../../infra/journal/PagedTimeline';
import { ActionMenu } from '../../kit/ActionMenu';
import { DayField } from '../../kit/DayField';
import { Text, When } from '../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../kit/forms';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Facts, Loading, Problem } from '../../kit/notices';
import { useWords } from '../../kit/words';
import { amendTask, getTask, stepTask, type Task, taskHistory } from './api';
import { Due, Owner, Subject, TaskState } from './TaskParts';
import { BearerFields } from './TaskForm';
import { words } from './words';

type Step = 'accept' | 'return' | 'complete' | 'reassign' | 'due' | 'cancel' | '';

/** One task in a drawer: what it says, who holds it, its history, and what may be done now. */
export function TaskDrawer({ id, onClose, onChanged }: { id: string; onClose: () => void; onChanged: () => void }) {
  const t = useWords(words);
  return (
    <Drawer open={id !== ''} onClose={onClose} size="min(560px, 100vw)" title={t('task')} destroyOnHidden>
      {id && <TaskSheet id={id} onChanged={onChanged} />}
    </Drawer>
  );
}

function TaskSheet({ id, onChanged }: { id: string; onChanged: () => void }) {
  const t = useWords(words);
  const load = useLoad(`task:${id}`, (signal) => getTask(id, signal));
  const [round, setRound] = useState(0);
  if (load.error && !load.data) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading />;
  const task = load.data.data;
  const changed = () => {
    load.reload();
    setRound((r) => r + 1);
    onChanged();
  };
  const given = [task.giver_unit_name, task.giver_name].filter(Boolean).join(' · ');
  return (
    <>
      <h2 style={{ marginBottom: 4 }}>{task.title}</h2>
      <p className="row">
        <TaskState task={task} /> {task.priority === 'urgent' && <span className="bad">{t('priority.urgent')}</span>}
      </p>
      <TaskActs task={task} onChanged={changed} />
      <Facts
        items={[
          [t('field.due_on'), <Due key="d" task={task} />],
          task.first_due_on !== task.due_on ? [t('field.first_due_on'), task.first_due_on] : null,
          [t('held.by'), <Owner key="o" task={task} />],
          [t('field.giver'), <Text key="g" value={given} />],
          task.subject ? [t('field.subject'), <Subject key="s" object={task.subject} title={task.subject_title} />] : null,
          [t('field.detail'), <span key="t" style={{ whiteSpace: 'pre-wrap' }}><Text value={task.detail} /></span>],
          task.reason ? [t('field.reason'), task.reason] : null,
          task.result ? [t('field.result'), <span key="r" style={{ whiteSpace: 'pre-wrap' }}>{task.result}</span>] : null,
          task.closed_at ? [t('field.closed'), <When key="c" at={task.closed_at} minute />] : null,
        ]}
      />
      <h3 style={{ margin: '20px 0 8px' }}>{t('history')}</h3>
      <PagedTimeline name={`task-history:${id}?${round}`} read={(cursor, signal) => taskHistory(id, cursor, signal)} />
    </>
  );
}

/** What the reader may do to a task now: one act in front, the rest in a menu. */
export function TaskActs({ task, onChanged, small }: { task: Task; onChanged: () => void; small?: boolean }) {
  const t = useWords(words);
  const [step, setStep] = useState<Step>('');
  const done = () => {
    setStep('');
    onChanged();
  };
  const accept = useAct(async () => {
    await stepTask(task, 'accept', {});
    onChanged();
  });
  const more = [task.may.steer && 'reassign', task.may.steer && 'due', task.may.cancel && 'cancel'].filter(Boolean) as Step[];
  const size = small ? 'small' : 'middle';
  if (!task.may.answer && !task.may.carry && more.length === 0) return null;
  const reasoned = (open: boolean, name: 'return' | 'complete' | 'cancel', field: 'reason' | 'result', extra?: ReactNode) => (
    <ReasonDialog
      open={open}
      title={t('act.of', { act: t(`act.${name}`), title: task.title })}
      intro={extra}
      confirm={t(`act.${name}`)}
      {...(field === 'result' ? { optional: t('field.result') } : {})}
      onCancel={() => setStep('')}
      onConfirm={async (text) => {
        await stepTask(task, name, { [field]: text });
        done();
      }}
    />
  );
  return (
    <>
      <div className="actions">
        {task.may.answer && (
          <>
            <Button type="primary" size={size} loading={accept.busy} onClick={() => void accept.run()}>
              {t('act.accept')}
            </Button>
            <Button size={size} onClick={() => setStep('return')}>
              {t('act.return')}
            </Button>
          </>
        )}
        {task.may.carry && (
          <Button type={small ? 'default' : 'primary'} size={size} onClick={() => setStep('complete')}>
            {t('act.complete')}
          </Button>
        )}
        {more.length > 0 && (
          <ActionMenu items={more.map((m) => ({ key: m, label: t.maybe('act.', m) }))} onChoose={(key) => setStep(key as Step)}>
            <Button size={size} aria-label={t('act.more.of', { title: task.title })}>
              {t('act.more')}
            </Button>
          </ActionMenu>
        )}
      </div>
      {accept.error && <Problem problem={accept.error} />}
      {reasoned(step === 'return', 'return', 'reason', t('return.what'))}
      {reasoned(step === 'complete', 'complete', 'result')}
      {reasoned(step === 'cancel', 'cancel', 'reason', t('cancel.what'))}
      {step === 'reassign' && <StepDrawer task={task} step="reassign" onClose={() => setStep('')} onSaved={done} />}
      {step === 'due' && <StepDrawer task={task} step="due" onClose={() => setStep('')} onSaved={done} />}
    </>
  );
}

/** Hands a task to somebody else, from wherever it is listed; nothing for whoever may not. */
export function Reassign({ task, onChanged }: { task: Task; onChanged: () => void }) {
  const t = useWords(words);
  const [open, setOpen] = useState(false);
  if (!task.may.steer) return null;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)} aria-label={t('act.of', { act: t('act.reassign'), title: task.title })}>
        {t('act.reassign')}
      </Button>
      {open && (
        <StepDrawer
          task={task}
          step="reassign"
          onClose={() => setOpen(false)}
          onSaved={() => {
            setOpen(false);
            onChanged();
          }}
        />
      )}
    </>
  );
}

/** Hands a task to somebody else, or puts it off. */
function StepDrawer({ task, step, onClose, onSaved }: { task: Task; step: 'reassign' | 'due'; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<{ unit?: string; owner?: string; due_on?: string; reason?: string }>();
  const act = useAct(async (values: { unit?: string; owner?: string; due_on?: string; reason?: string }) => {
    if (step === 'due') await amendTask(task, { due_on: values.due_on, reason: values.reason });
    else await stepTask(task, 'reassign', { unit: values.unit ?? '', owner: values.owner ?? '', reason: values.reason ?? '' });
    onSaved();
  });
  return (
    <Drawer
      open
      onClose={onClose}
      size="min(460px, 100vw)"
      title={t(`act.${step}`)}
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {t(`act.${step}`)}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name={`step-${step}`} layout="vertical" initialValues={{ unit: task.unit, owner: task.owner_left ? undefined : task.owner || undefined, due_on: task.due_on }} onFinish={(values) => void act.run(values)}>
        <FieldErrors form={form} problem={act.error} />
        <p className="strong">{task.title}</p>
        {step === 'reassign' ? <BearerFields /> : <DayField name="due_on" label={t('field.due_on')} needed={t('due.needed')} />}
        <Form.Item name="reason" label={k('reason')} extra={k('reason.hint')} rules={step === 'due' ? [{ required: true, whitespace: true, message: k('reason.needed') }] : []}>
          <Input.TextArea rows={3} maxLength={500} showCount />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

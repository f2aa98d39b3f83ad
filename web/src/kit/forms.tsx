import { Alert, Button, Form, type FormInstance, Input, Modal } from 'antd';
import { type ReactNode, useEffect } from 'react';
import type { ProblemError } from './api';
import { useKit } from './locale';
import { useAct } from './load';
import { Problem } from './notices';

/** The form field a server path means: "body.name" → "name", "milestones[2].on" → ["milestones", 2, "on"]. */
export function fieldName(path: string): (string | number)[] {
  return path
    .replace(/^(body|query|path)\.?/, '')
    .split(/[.[\]]+/)
    .filter(Boolean)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Sets the server's refusals beside their fields. */
export function showFieldErrors(form: FormInstance, problem: ProblemError): void {
  form.setFields(problem.errors.filter((e) => e.field).map((e) => ({ name: fieldName(e.field), errors: [e.message] })));
}

/**
 * What the server refused: summed on top with links to the fields, and beside
 * each field. A refusal without fields is told as it is.
 */
export function FieldErrors({ form, problem }: { form: FormInstance; problem: ProblemError | undefined }) {
  const k = useKit();
  useEffect(() => {
    if (problem) showFieldErrors(form, problem);
  }, [form, problem]);
  if (!problem) return null;
  const fields = problem.errors.filter((e) => e.field);
  if (fields.length === 0) return <Problem problem={problem} />;
  return (
    <Alert
      role="alert"
      type="error"
      showIcon
      title={problem.detail || k('fields.summary', { n: fields.length })}
      description={
        <ul className="tight">
          {problem.errors.map((e, i) => (
            <li key={i}>
              {e.field ? (
                <Button type="link" className="inline" onClick={() => form.scrollToField(fieldName(e.field), { focus: true, behavior: 'instant' })}>
                  {e.message}
                </Button>
              ) : (
                e.message
              )}
            </li>
          ))}
        </ul>
      }
    />
  );
}

/** Asks for the reason of an act, then does it; stays open with the refusal when it fails. */
export function ReasonDialog({ open, title, intro, extra, confirm, danger, minimum = 1, onCancel, onConfirm }: { open: boolean; title: string; intro?: ReactNode; extra?: ReactNode; confirm: string; danger?: boolean; minimum?: number; onCancel: () => void; onConfirm: (reason: string, values: Record<string, unknown>) => Promise<void> }) {
  const k = useKit();
  const [form] = Form.useForm<{ reason: string }>();
  const act = useAct(async (values: { reason: string }) => onConfirm(values.reason.trim(), values));
  const { clear } = act;
  useEffect(() => {
    if (open) {
      form.resetFields();
      clear();
    }
  }, [open, form, clear]);
  return (
    <Modal open={open} title={title} okText={confirm} cancelText={k('cancel')} okButtonProps={{ danger: danger ?? false, loading: act.busy, htmlType: 'submit', form: 'reason-form' }} onCancel={onCancel} forceRender>
      <Form form={form} id="reason-form" layout="vertical" onFinish={(values) => void act.run(values)} requiredMark={false}>
        <div className="stack">
          {intro && <div>{intro}</div>}
          <FieldErrors form={form} problem={act.error} />
        </div>
        {extra}
        <Form.Item name="reason" label={k('reason')} extra={k('reason.hint')} rules={[{ required: minimum > 0, whitespace: true, message: k('reason.needed') }]}>
          <Input.TextArea rows={3} maxLength={500} showCount autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  );
}

/** One field two people changed. */
export interface StaleField {
  label: string;
  theirs: ReactNode;
  mine: ReactNode;
}

/** Somebody else saved first (412): shows both, lets the person choose; nothing typed is lost. */
export function StaleDialog({ open, fields, onReload, onAgain, onCancel }: { open: boolean; fields: readonly StaleField[]; onReload: () => void; onAgain: () => void; onCancel: () => void }) {
  const k = useKit();
  return (
    <Modal
      open={open}
      title={k('stale.title')}
      onCancel={onCancel}
      width={640}
      footer={[
        <Button key="cancel" onClick={onCancel}>
          {k('cancel')}
        </Button>,
        <Button key="reload" onClick={onReload}>
          {k('stale.reload')}
        </Button>,
        <Button key="again" type="primary" onClick={onAgain}>
          {k('stale.again')}
        </Button>,
      ]}
    >
      <p>{k('stale.what')}</p>
      {fields.length === 0 ? (
        <p className="muted">{k('stale.same')}</p>
      ) : (
        <table className="plain">
          <caption className="sr-only">{k('stale.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{k('stale.field')}</th>
              <th scope="col">{k('stale.theirs')}</th>
              <th scope="col">{k('stale.mine')}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((f) => (
              <tr key={f.label}>
                <th scope="row">{f.label}</th>
                <td>{f.theirs}</td>
                <td>{f.mine}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Modal>
  );
}

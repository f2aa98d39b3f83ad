import { Alert, Button, Form, type FormInstance, Input, Modal } from 'antd';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
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

/** The field of the form a server path means: itself, or the first part of what is entered in parts ("amount" → ["amount", "figure"]). */
function inputOf(form: FormInstance, path: string): (string | number)[] {
  const name = fieldName(path);
  const parts = form.getFieldsError().map((f) => f.name).filter((n) => name.every((part, i) => n[i] === part));
  return parts.find((n) => n.length === name.length) ?? parts[0] ?? name;
}

/** What the form around node calls a field, "" when it has no label. */
function labelOf(node: HTMLElement | null, name: readonly (string | number)[]): string {
  const id = CSS.escape(name.join('_'));
  return node?.closest('form')?.querySelector<HTMLLabelElement>(`label[for="${id}"], label[for$="_${id}"]`)?.title ?? '';
}

/** Sets the server's refusals beside their fields. */
export function showFieldErrors(form: FormInstance, problem: ProblemError): void {
  form.setFields(problem.errors.filter((e) => e.field).map((e) => ({ name: inputOf(form, e.field), errors: [e.message] })));
}

/**
 * What the server refused: summed on top with links to the fields, and beside
 * each field. A refusal without fields is told as it is.
 */
export function FieldErrors({ form, problem }: { form: FormInstance; problem: ProblemError | undefined }) {
  const k = useKit();
  const box = useRef<HTMLDivElement>(null);
  const [labels, setLabels] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!problem) return;
    showFieldErrors(form, problem);
    setLabels(problem.errors.map((e) => (e.field ? labelOf(box.current, inputOf(form, e.field)) : '')));
    box.current?.scrollIntoView({ block: 'nearest' }); // the button may stand far below
  }, [form, problem]);
  if (!problem) return null;
  const fields = problem.errors.filter((e) => e.field);
  const whole = problem.detail !== problem.errors[0]?.message ? problem.detail : ''; // said once, beside its link
  if (fields.length === 0) {
    return (
      <div ref={box}>
        <Problem problem={problem} />
      </div>
    );
  }
  return (
    <div ref={box}>
      <Alert
        role="alert"
        type="error"
        showIcon
        title={whole || k('fields.summary', { n: fields.length })}
        description={
          <ul className="tight">
            {problem.errors.map((e, i) => (
              <li key={i}>
                {e.field ? (
                  <Button type="link" className="inline" onClick={() => form.scrollToField(inputOf(form, e.field), { focus: true, behavior: 'instant' })}>
                    {labels[i] && !e.message.includes(labels[i]) ? k('fields.said', { label: labels[i], message: e.message }) : e.message}
                  </Button>
                ) : (
                  e.message
                )}
              </li>
            ))}
          </ul>
        }
      />
    </div>
  );
}

/**
 * Asks for the reason of an act, then does it; stays open with the refusal when
 * it fails. optional is what the text is called where it may be left out.
 */
export function ReasonDialog({ open, title, intro, extra, confirm, danger, optional, onCancel, onConfirm }: { open: boolean; title: string; intro?: ReactNode; extra?: ReactNode; confirm: string; danger?: boolean; optional?: string; onCancel: () => void; onConfirm: (reason: string, values: Record<string, unknown>) => Promise<void> }) {
  const k = useKit();
  const id = useId(); // several dialogs wait on one page: each button submits its own form
  const [form] = Form.useForm<{ reason: string }>();
  const act = useAct(async (values: { reason: string }) => onConfirm((values.reason ?? '').trim(), values));
  const { clear } = act;
  useEffect(() => {
    if (open) {
      form.resetFields();
      clear();
    }
  }, [open, form, clear]);
  return (
    <Modal open={open} title={title} okText={confirm} cancelText={k('cancel')} okButtonProps={{ danger: danger ?? false, loading: act.busy, htmlType: 'submit', form: id }} onCancel={onCancel} forceRender>
      <Form form={form} name={id} layout="vertical" onFinish={(values) => void act.run(values)} requiredMark={false}>
        <div className="stack">
          {intro && <div>{intro}</div>}
          <FieldErrors form={form} problem={act.error} />
        </div>
        {extra}
        <Form.Item name="reason" label={optional ?? k('reason')} extra={k('reason.hint')} rules={optional ? [] : [{ required: true, whitespace: true, message: k('reason.needed') }]}>
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

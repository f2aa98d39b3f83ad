import { Alert, Button, Drawer, Form, Input, Radio, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { get, ProblemError, submitKey, submitOnce } from '../../../kit/api';
import { DayField } from '../../../kit/DayField';
import { FieldErrors } from '../../../kit/forms';
import { aborted, useAct, useLoad } from '../../../kit/load';
import { useKit } from '../../../kit/locale';
import { useSession } from '../../../kit/session';
import type { Page } from '../../../kit/types';
import { useWords } from '../../../kit/words';
import { checkFirm, fileReport, type FirmState, type Report } from './api';
import { words } from './words';

interface Values {
  known: 'credit_code' | 'lei' | 'foreign' | 'party';
  credit_code?: string;
  lei?: string;
  country?: string;
  foreign_reg_no?: string;
  party?: string;
  firm_name?: string;
  source?: string;
  intent?: string;
  claim?: { ground: 'earlier' | 'better'; since_on?: string; reason?: string };
}

/** What identifies the firm, as the API asks for it; empty while it is not complete. */
function numberIn(v: Values): Record<string, string> {
  const text = (s: string | undefined) => (s ?? '').trim();
  switch (v.known) {
    case 'party':
      return text(v.party) ? { party: text(v.party) } : {};
    case 'lei':
      return text(v.lei).length === 20 ? { lei: text(v.lei) } : {};
    case 'foreign':
      return text(v.foreign_reg_no) && text(v.country).length === 2 ? { country: text(v.country), foreign_reg_no: text(v.foreign_reg_no) } : {};
    default:
      return text(v.credit_code).length === 18 ? { credit_code: text(v.credit_code) } : {};
  }
}

/** Reports a firm; says at once whether it is free, and if not until when it is protected. */
export default function ReportForm({ onClose, onSaved }: { onClose: () => void; onSaved: (made: Report) => void }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const [form] = Form.useForm<Values>();
  const values = Form.useWatch([], form) as Values | undefined;
  const known = values?.known ?? 'credit_code';
  const [state, setState] = useState<FirmState>();
  const [wrong, setWrong] = useState('');
  const key = useRef(submitKey());
  const number = JSON.stringify(values ? numberIn(values) : {});
  useEffect(() => {
    setState(undefined);
    setWrong('');
    if (number === '{}') return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      checkFirm(JSON.parse(number) as object, controller.signal).then(setState, (error: unknown) => {
        if (!aborted(error)) setWrong(error instanceof ProblemError ? (error.errors[0]?.message ?? error.detail) : '');
      });
    }, 300);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [number]);
  const disputed = state?.state === 'protected';
  const act = useAct(async (v: Values) => {
    const { known: _, claim, ...facts } = v;
    const filled = Object.fromEntries(Object.entries(facts).filter(([, value]) => Boolean(value)));
    onSaved(await submitOnce(key, (once) => fileReport({ ...filled, ...(disputed && claim ? { claim } : {}) }, once)));
  });
  return (
    <Drawer
      open
      onClose={onClose}
      size="min(520px, 100vw)"
      title={t('file')}
      mask={{ closable: false }}
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} disabled={state?.state === 'own' || state?.state === 'contested'} onClick={() => form.submit()}>
            {disputed ? t('file.claim') : t('file.do')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name="report" layout="vertical" initialValues={{ known: 'credit_code', claim: { ground: 'earlier' } }} onFinish={(v) => void act.run(v)} scrollToFirstError={{ focus: true }}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        <Form.Item name="known" label={t('known')}>
          <Radio.Group options={[{ value: 'credit_code', label: t('field.credit_code') }, { value: 'party', label: t('field.party') }, { value: 'foreign', label: t('field.foreign_reg_no') }, { value: 'lei', label: 'LEI' }]} />
        </Form.Item>
        {known === 'credit_code' && (
          <Form.Item name="credit_code" label={t('field.credit_code')} extra={t('credit_code.why')}>
            <Input maxLength={18} autoFocus />
          </Form.Item>
        )}
        {known === 'lei' && (
          <Form.Item name="lei" label="LEI">
            <Input maxLength={20} />
          </Form.Item>
        )}
        {known === 'foreign' && (
          <>
            <Form.Item name="country" label={t('field.country')}>
              <Input maxLength={2} style={{ width: 96 }} />
            </Form.Item>
            <Form.Item name="foreign_reg_no" label={t('field.foreign_reg_no')}>
              <Input maxLength={200} />
            </Form.Item>
          </>
        )}
        {known === 'party' && can('party.read') && <Registered />}
        <div role="status" className="stack">
          {wrong && <Alert type="error" showIcon title={wrong} />}
          {state && <Alert type={state.state === 'free' ? 'success' : 'warning'} showIcon title={t(`check.${state.state}`, { until: state.until })} description={state.state === 'protected' ? (state.by ? t('check.by', { by: state.by }) : t('check.claim')) : undefined} />}
        </div>
        {known !== 'party' && (
          <Form.Item name="firm_name" label={t('field.firm_name')} rules={[{ required: true, whitespace: true, message: t('firm.needed') }]}>
            <Input maxLength={200} />
          </Form.Item>
        )}
        <Form.Item name="source" label={t('field.source')} extra={t('source.why')}>
          <Input maxLength={300} />
        </Form.Item>
        <Form.Item name="intent" label={t('field.intent')} extra={t('intent.why')}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} />
        </Form.Item>
        {disputed && <ClaimFields />}
      </Form>
    </Drawer>
  );
}

/** Why a firm is reported although somebody else protects it. */
function ClaimFields() {
  const t = useWords(words);
  const ground = Form.useWatch(['claim', 'ground']) as string | undefined;
  return (
    <fieldset className="bare">
      <legend>{t('claim')}</legend>
      <p className="muted">{t('claim.what')}</p>
      <Form.Item name={['claim', 'ground']} label={t('claim.ground')}>
        <Radio.Group options={[{ value: 'earlier', label: t('ground.earlier') }, { value: 'better', label: t('ground.better') }]} />
      </Form.Item>
      {ground !== 'better' && <DayField name={['claim', 'since_on'] as unknown as string} label={t('claim.since_on')} needed={t('claim.since_on.needed')} />}
      <Form.Item name={['claim', 'reason']} label={t('claim.reason')} rules={[{ required: true, min: 10, message: t('claim.reason.needed') }]}>
        <Input.TextArea rows={3} maxLength={500} />
      </Form.Item>
    </fieldset>
  );
}

/** A registered organisation, searched by name or code. */
function Registered() {
  const t = useWords(words);
  const [q, setQ] = useState('');
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(q.trim()), 250);
    return () => clearTimeout(timer);
  }, [q]);
  const found = useLoad(`/parties?${asked}`, (signal) => get<Page<{ id: string; name: string; credit_code?: string }>>('/parties', { q: asked, limit: 20 }, signal)).data?.items ?? [];
  return (
    <Form.Item name="party" label={t('field.party')} rules={[{ required: true, message: t('firm.needed') }]}>
      <Select showSearch={{ filterOption: false, onSearch: setQ }} options={found.map((c) => ({ value: c.id, label: c.credit_code ? `${c.name} · ${c.credit_code}` : c.name }))} />
    </Form.Item>
  );
}

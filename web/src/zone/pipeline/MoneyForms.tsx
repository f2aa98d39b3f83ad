import { Button, Drawer, Form, type FormInstance, Input, Radio, Select, Space } from 'antd';
import type { ReactNode } from 'react';
import { DayField } from '../../kit/DayField';
import { FieldErrors } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { exponentOf, inputFigure, parseFigure, shortMoney } from '../../kit/money';
import { useLang, useWords } from '../../kit/words';
import { type Counted, type Evidence, recordFact, recordFigure, recordInstalment, recordTax } from './api';
import { words } from './words';

const CURRENCIES = ['CNY', 'USD', 'EUR', 'JPY', 'HKD', 'KRW', 'GBP'] as const;

type Values = Record<string, string | undefined>;

/** A drawer with one form; stays open with the refusal. */
function FormDrawer({ title, form, initial, send, onClose, onSaved, children }: { title: string; form: FormInstance<Values>; initial: Values; send: (values: Values) => Promise<unknown>; onClose: () => void; onSaved: () => void; children: ReactNode }) {
  const k = useKit();
  const act = useAct(async (values: Values) => {
    await send(values);
    onSaved();
    onClose();
  });
  return (
    <Drawer
      open
      onClose={onClose}
      size="min(480px, 100vw)"
      title={title}
      mask={{ closable: false }}
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {k('save')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      {/* Named, so that no field takes the id of a section of the page ("evidence"). */}
      <Form form={form} name="record" layout="vertical" initialValues={initial} onFinish={(values) => void act.run(values)}>
        <FieldErrors form={form} problem={act.error} />
        {children}
      </Form>
    </Drawer>
  );
}

/** An amount of money as one writes it, read back, and its currency. */
function MoneyFields({ form, optional }: { form: FormInstance<Values>; optional?: boolean }) {
  const t = useWords(words);
  const lang = useLang();
  const figure = Form.useWatch('amount', form);
  const currency = Form.useWatch('currency', form) ?? 'CNY';
  const minor = figure?.trim() ? parseFigure(figure, currency) : null;
  return (
    <Form.Item label={t('money.amount')} htmlFor="record_amount" required={!optional} extra={minor !== null ? t('amount.read', { amount: shortMoney({ minor, currency }, lang) }) : optional ? t('figure.empty') : t('amount.how')}>
      <Space.Compact style={{ display: 'flex', maxWidth: 360 }}>
        <Form.Item
          noStyle
          name="amount"
          rules={[{ validator: (_, value: string) => (value?.trim() ? parseFigure(value, currency) !== null : optional) ? Promise.resolve() : Promise.reject(new Error(t('amount.wrong', { digits: exponentOf(currency) }))) }]}
        >
          <Input inputMode="decimal" />
        </Form.Item>
        <Form.Item noStyle name="currency">
          <Select aria-label={t('field.currency')} style={{ width: 96 }} options={CURRENCIES.map((c) => ({ value: c, label: c }))} />
        </Form.Item>
      </Space.Compact>
    </Form.Item>
  );
}

/** The exact decimal the API reads of an amount as typed. */
function decimalOf(values: Values): string {
  const minor = values['amount']?.trim() ? parseFigure(values['amount'], values['currency'] ?? 'CNY') : null;
  return minor === null ? '' : inputFigure({ minor, currency: values['currency'] ?? 'CNY' });
}

function moneyOf(values: Values) {
  const minor = parseFigure(values['amount'] ?? '', values['currency'] ?? 'CNY');
  return { minor: Number(minor ?? 0n), currency: values['currency'] ?? 'CNY' };
}

/** A document of the project, chosen among those that stand. */
function ProofField({ evidence, kind, label, needed, extra }: { evidence: readonly Evidence[]; kind?: string; label: string; needed?: string; extra?: string }) {
  const options = evidence.filter((e) => !e.withdrawn_at && (!kind || e.kind === kind)).map((e) => ({ value: e.id, label: `${e.on} ${e.title || e.file_name}` }));
  return (
    <Form.Item name="evidence" label={label} {...(extra ? { extra } : {})} rules={needed ? [{ required: true, message: needed }] : []}>
      <Select allowClear={!needed} showSearch={{ optionFilterProp: 'label' }} options={options} />
    </Form.Item>
  );
}

function NoteField({ label, extra }: { label: string; extra?: string }) {
  return (
    <Form.Item name="note" label={label} {...(extra ? { extra } : {})}>
      <Input.TextArea rows={2} maxLength={500} />
    </Form.Item>
  );
}

/** Records what is promised, planned, forecast or has come about of a measure. */
export function FigureDrawer({ project, counted, evidence, signed, onClose, onSaved }: { project: string; counted: Counted; evidence: readonly Evidence[]; signed: boolean; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const [form] = Form.useForm<Values>();
  const measures = counted.measures ?? [];
  const chosen = measures.find((m) => m.id === Form.useWatch('measure', form));
  const kinds = (chosen?.kinds ?? []).filter((kind) => kind !== 'promised' || signed);
  return (
    <FormDrawer
      title={t('figure.add')}
      form={form}
      initial={{ kind: signed ? 'actual' : 'planned', currency: 'CNY' }}
      onClose={onClose}
      onSaved={onSaved}
      send={(v) =>
        recordFigure(project, { measure: v['measure'], kind: v['kind'], amount: chosen?.money ? decimalOf(v) : (v['amount'] ?? '').trim(), currency: chosen?.money && v['amount']?.trim() ? v['currency'] : '', period: chosen?.period ? (v['period'] ?? '') : '', effective_on: v['effective_on'] ?? '', note: v['note'] ?? '', evidence: v['evidence'] ?? '' })
      }
    >
      <Form.Item name="measure" label={t('figure.measure')} rules={[{ required: true, message: t('figure.measure.needed') }]} extra={chosen && (lang === 'zh' ? chosen.definition_zh : chosen.definition_en)}>
        <Select options={measures.map((m) => ({ value: m.id, label: lang === 'zh' ? m.zh : m.en }))} />
      </Form.Item>
      <Form.Item name="kind" label={t('figure.kind')} rules={[{ required: true }]}>
        <Radio.Group options={kinds.map((v) => ({ value: v, label: t.maybe('figure.', v) }))} />
      </Form.Item>
      {chosen?.period === 'year' && (
        <Form.Item name="period" label={t('figure.period')} rules={[{ required: true, pattern: /^\d{4}$/, message: t('figure.period.needed') }]}>
          <Input inputMode="numeric" maxLength={4} style={{ width: 100 }} />
        </Form.Item>
      )}
      {chosen?.money ? (
        <MoneyFields form={form} optional />
      ) : (
        <Form.Item name="amount" label={t('figure.quantity')} extra={t('figure.empty')}>
          <Input inputMode="decimal" suffix={lang === 'zh' ? chosen?.unit_zh : chosen?.unit_en} style={{ maxWidth: 260 }} />
        </Form.Item>
      )}
      <DayField name="effective_on" label={t('figure.effective')} extra={t('figure.effective.why')} />
      <ProofField evidence={evidence} label={t('figure.proof')} />
      <NoteField label={t('figure.note')} extra={t('figure.note.why')} />
    </FormDrawer>
  );
}

/** Records a payment of funds with its voucher. */
export function InstalmentDrawer({ project, counted, evidence, onClose, onSaved }: { project: string; counted: Counted; evidence: readonly Evidence[]; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const [form] = Form.useForm<Values>();
  return (
    <FormDrawer title={t('instalment.add')} form={form} initial={{ currency: 'CNY', source_kind: 'cash' }} onClose={onClose} onSaved={onSaved} send={(v) => recordInstalment(project, { amount: moneyOf(v), on: v['on'] ?? '', source_kind: v['source_kind'], evidence: v['evidence'] ?? '', note: v['note'] ?? '' })}>
      <MoneyFields form={form} />
      <DayField name="on" label={t('instalment.on')} needed={t('day.needed')} />
      <Form.Item name="source_kind" label={t('instalment.kind')}>
        <Radio.Group options={(counted.paid ?? []).map((v) => ({ value: v, label: t.maybe('paid.', v) }))} />
      </Form.Item>
      <ProofField evidence={evidence} kind={counted.voucher} label={t('instalment.voucher')} needed={t('instalment.voucher.needed')} extra={t('instalment.voucher.how')} />
      <NoteField label={t('money.note')} />
    </FormDrawer>
  );
}

/** Records a dated fact; nothing is filled in beforehand. */
export function FactDrawer({ project, kinds, evidence, onClose, onSaved }: { project: string; kinds: readonly { id: string; zh: string; en: string; coded: boolean; applies: boolean; definition_zh: string; definition_en: string }[]; evidence: readonly Evidence[]; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const [form] = Form.useForm<Values>();
  const chosen = kinds.find((f) => f.id === Form.useWatch('kind', form));
  return (
    <FormDrawer title={t('fact.add')} form={form} initial={{}} onClose={onClose} onSaved={onSaved} send={(v) => recordFact(project, { kind: v['kind'], on: v['on'] ?? '', code: chosen?.coded ? (v['code'] ?? '') : '', evidence: v['evidence'] ?? '', note: v['note'] ?? '' })}>
      <Form.Item name="kind" label={t('fact.kind')} rules={[{ required: true, message: t('fact.kind.needed') }]} extra={chosen && (lang === 'zh' ? chosen.definition_zh : chosen.definition_en)}>
        <Radio.Group options={kinds.filter((f) => f.applies).map((f) => ({ value: f.id, label: lang === 'zh' ? f.zh : f.en }))} />
      </Form.Item>
      <DayField name="on" label={t('fact.on')} needed={t('day.needed')} />
      {chosen?.coded && (
        <Form.Item name="code" label={t('fact.code')} rules={[{ required: true, whitespace: true, message: t('fact.code.needed') }]}>
          <Input maxLength={50} />
        </Form.Item>
      )}
      <ProofField evidence={evidence} label={t('figure.proof')} />
      <NoteField label={t('money.note')} />
    </FormDrawer>
  );
}

/** Records what the investor paid in tax, with its source. */
export function TaxDrawer({ project, counted, onClose, onSaved }: { project: string; counted: Counted; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const [form] = Form.useForm<Values>();
  return (
    <FormDrawer title={t('tax.add')} form={form} initial={{ currency: 'CNY' }} onClose={onClose} onSaved={onSaved} send={(v) => recordTax(project, { period: (v['period'] ?? '').trim(), kind: v['kind'], amount: moneyOf(v), source: v['source'] ?? '' })}>
      <p className="muted">{t('tax.what')}</p>
      <Form.Item name="period" label={t('tax.period')} rules={[{ required: true, message: t('tax.period.needed') }]} extra={t('tax.period.how')}>
        <Input maxLength={7} style={{ width: 140 }} />
      </Form.Item>
      <Form.Item name="kind" label={t('tax.kind')} rules={[{ required: true, message: t('tax.kind.needed') }]}>
        <Select options={(counted.taxes ?? []).map((x) => ({ value: x.id, label: lang === 'zh' ? x.zh : x.en }))} />
      </Form.Item>
      <MoneyFields form={form} />
      <Form.Item name="source" label={t('tax.source')} rules={[{ required: true, whitespace: true, message: t('tax.source.needed') }]} extra={t('tax.source.why')}>
        <Input maxLength={300} />
      </Form.Item>
    </FormDrawer>
  );
}

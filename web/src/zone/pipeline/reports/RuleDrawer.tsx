import { App, Button, Checkbox, Drawer, Form, Input, InputNumber, Select } from 'antd';
import { DayField } from '../../../kit/DayField';
import { Day } from '../../../kit/figures';
import { FieldErrors } from '../../../kit/forms';
import { useAct, useLoad } from '../../../kit/load';
import { useKit } from '../../../kit/locale';
import { Loading, Problem } from '../../../kit/notices';
import { dayOf } from '../../../kit/when';
import { useWords } from '../../../kit/words';
import { CHAIN } from '../api';
import { useUnits } from '../lookups';
import { useStageName } from '../tracks';
import { getRule, PARTS, type Rule, setRule } from './api';
import { words } from './words';

/** The figures of the rule, each with its least and greatest value. */
const FIGURES = [
  ['protected_days', 1, 730],
  ['extensions', 0, 10],
  ['extension_days', 0, 730],
  ['least_minutes', 0, 1000],
  ['decide_within', 1, 60],
  ['tie_minutes', 0, 1440],
] as const;

/** What a complete report may be asked for. */
const COMPLETE = ['firm_name', 'identity', 'source', 'intent', 'project'] as const;

type Part = (typeof PARTS)[number];

interface Values extends Record<(typeof FIGURES)[number][0], number> {
  coordinator: string;
  complete: string[];
  until: string;
  keep: Partial<Record<Part, number | null>>;
  valid_from: string;
  valid_to: string;
  source: string;
  reason: string;
}

function valuesOf(r: Rule): Values {
  const { protected_days, extensions, extension_days, least_minutes, decide_within, tie_minutes, coordinator, source } = r;
  const keep = Object.fromEntries((r.shares.keep ?? []).map((k) => [k.part, k.basis_points / 100]));
  return { protected_days, extensions, extension_days, least_minutes, decide_within, tie_minutes, coordinator, source, complete: r.complete ?? [], until: r.shares.until, keep, valid_from: dayOf(Date.now()), valid_to: '', reason: '' };
}

function bodyOf({ until, keep, ...rest }: Values): object {
  const kept = PARTS.flatMap((part) => (typeof keep?.[part] === 'number' ? [{ part, basis_points: Math.round(keep[part] * 100) }] : []));
  return { ...rest, valid_to: rest.valid_to ?? '', shares: { until, keep: kept } };
}

/** Settles the rule of first reports from a day on; reports on record keep the rule they were filed under. */
export default function RuleDrawer({ onClose }: { onClose: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const load = useLoad('protection', getRule);
  const act = useAct(async (values: Values) => {
    await setRule(bodyOf(values));
    void message.success(t('rule.done', { day: values.valid_from }));
    onClose();
  });
  return (
    <Drawer
      open
      onClose={onClose}
      size="min(560px, 100vw)"
      title={t('rule')}
      mask={{ closable: false }}
      footer={
        <div className="actions">
          <Button type="primary" disabled={!load.data} loading={act.busy} onClick={() => form.submit()}>
            {t('rule.save')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : load.data ? (
        <Form form={form} name="rule" layout="vertical" initialValues={valuesOf(load.data)} onFinish={(values) => void act.run(values)}>
          <div className="stack">
            <p className="muted tight">{t('rule.what')}</p>
            <FieldErrors form={form} problem={act.error} />
          </div>
          <RuleFields />
          <Versions rule={load.data} />
        </Form>
      ) : (
        <Loading rows={10} />
      )}
    </Drawer>
  );
}

function RuleFields() {
  const t = useWords(words);
  const { units, nameOf } = useUnits();
  const stage = useStageName();
  const needed = (label: string) => [{ required: true, message: t('rule.needed', { label }) }];
  return (
    <>
      {FIGURES.map(([name, min, max]) => (
        <Form.Item key={name} name={name} label={t(`rule.${name}`)} rules={needed(t(`rule.${name}`))}>
          <InputNumber min={min} max={max} precision={0} />
        </Form.Item>
      ))}
      <Form.Item name="coordinator" label={t('rule.coordinator')}>
        <Select options={[{ value: '', label: t('conflict.leaders') }, ...units.filter((u) => u.kind === 'department').map((u) => ({ value: u.id, label: nameOf(u.id) }))]} />
      </Form.Item>
      <Form.Item name="complete" label={t('rule.complete')}>
        <Checkbox.Group options={COMPLETE.map((value) => ({ value, label: t(value === 'identity' ? 'field.number' : `field.${value}`) }))} />
      </Form.Item>
      <h3>{t('shares')}</h3>
      <Form.Item name="until" label={t('rule.until')}>
        <Select options={CHAIN.map((value) => ({ value, label: stage(value) }))} />
      </Form.Item>
      {PARTS.map((part) => (
        <Form.Item key={part} name={['keep', part]} label={t('rule.keep', { part: t(`part.${part}`) })}>
          <InputNumber min={0} max={100} precision={2} suffix="%" />
        </Form.Item>
      ))}
      <h3>{t('rule.settle')}</h3>
      <DayField name="valid_from" label={t('rule.valid_from')} needed={t('rule.needed', { label: t('rule.valid_from') })} />
      <DayField name="valid_to" label={t('rule.valid_to')} extra={t('rule.valid_to.why')} />
      <Form.Item name="source" label={t('rule.source')} rules={[{ required: true, whitespace: true, message: t('rule.needed', { label: t('rule.source') }) }]}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={1000} />
      </Form.Item>
      <Form.Item name="reason" label={t('reason')} rules={[{ required: true, whitespace: true, message: t('rule.needed', { label: t('reason') }) }]}>
        <Input maxLength={500} />
      </Form.Item>
    </>
  );
}

/** Every version known and from when it holds. */
function Versions({ rule }: { rule: Rule }) {
  const t = useWords(words);
  return (
    <>
      <h3>{t('rule.versions')}</h3>
      <ul className="plain-list">
        {(rule.versions ?? []).map((v) => (
          <li key={v.version ?? 0}>
            {v.version ? t('rule.version', { n: v.version }) : t('rule.shipped')} · <Day on={v.valid_from} />
            {v.valid_to && (
              <>
                {' – '}
                <Day on={v.valid_to} />
              </>
            )}{' '}
            · {t('rule.brief', { days: v.protected_days, n: v.extensions, more: v.extension_days })}
            {(v.version ?? 0) === (rule.version ?? 0) && <span className="strong"> · {t('rule.now')}</span>}
            <div className="muted small">{v.source}</div>
          </li>
        ))}
      </ul>
    </>
  );
}

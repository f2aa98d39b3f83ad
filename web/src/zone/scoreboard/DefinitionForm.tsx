import { Button, Drawer, Form, Input, Select } from 'antd';
import { useEffect } from 'react';
import { DayField } from '../../kit/DayField';
import { FieldErrors } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { useIndustries } from '../pipeline/lookups';
import { type Definition, setDefinition } from './api';
import { isShare } from './figures';
import { read, readAll, typed } from './settle';
import { words } from './words';

interface Values {
  parameters?: Record<string, string>;
  exclude_industries?: string[];
  target?: string;
  valid_from: string;
  source: string;
  reason: string;
}

/** Settles the zone's next version of a definition, from the newest one. */
export default function DefinitionForm({ def, open, onClose, onSaved }: { def: Definition; open: boolean; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const industries = useIndustries();
  const [form] = Form.useForm<Values>();
  const parameters = def.parameters ?? [];
  const share = isShare(def.kind);
  const numbers = (ok: (text: string) => boolean) => [{ validator: async (_: unknown, text: string | undefined) => (ok(text ?? '') ? undefined : Promise.reject(new Error(t('settle.number')))) }];
  const act = useAct(async (v: Values) => {
    const set = parameters.map((p) => {
      const text = v.parameters?.[p.id] ?? '';
      return p.values ? { id: p.id, values: readAll(text, p.unit) ?? [] } : { id: p.id, value: read(text, p.unit) ?? 0 };
    });
    const target = v.target?.trim() ? read(v.target, def.target_unit, share) : null;
    await setDefinition(def, { parameters: set, exclude_industries: v.exclude_industries ?? null, ...(target === null ? {} : { target }), valid_from: v.valid_from, source: v.source, reason: v.reason });
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    clear();
    form.setFieldsValue({
      parameters: Object.fromEntries(parameters.map((p) => [p.id, p.values ? p.values.map((n) => typed(n, p.unit)).join(', ') : typed(p.value ?? 0, p.unit)])),
      ...(def.unit === 'project' ? { exclude_industries: def.exclude_industries ?? [] } : {}),
      target: def.target === undefined ? '' : typed(def.target, def.target_unit, share),
      valid_from: dayOf(Date.now()),
      source: '',
      reason: '',
    });
    // Only when it is opened: what is typed stays.
  }, [open]);
  const name = lang === 'zh' ? def.zh : def.en;
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(560px, 100vw)"
      title={t('settle.title', { name })}
      mask={{ closable: false }}
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {t('settle.save', { n: def.version + 1 })}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name="definition" layout="vertical" onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <p className="muted tight">{t('settle.what')}</p>
          <FieldErrors form={form} problem={act.error} />
        </div>
        {parameters.map((p) => (
          <Form.Item key={p.id} name={['parameters', p.id]} label={lang === 'zh' ? p.zh : p.en} extra={p.values ? t('settle.in.many') : t(`settle.in.${p.unit}`)} rules={numbers((text) => (p.values ? readAll(text, p.unit) : read(text, p.unit)) !== null)}>
            <Input maxLength={300} />
          </Form.Item>
        ))}
        {def.unit === 'project' && (
          <Form.Item name="exclude_industries" label={t('definition.exclude')}>
            <Select mode="multiple" allowClear showSearch={{ optionFilterProp: 'label' }} options={industries.map((i) => ({ value: i.code, label: `${i.code} ${lang === 'zh' ? i.zh : i.en}` }))} />
          </Form.Item>
        )}
        {def.target_unit && (
          <Form.Item name="target" label={t('target.aim', { aim: t(`aim.${def.aim}`) })} extra={`${def.target_unit === 'permille' && !share ? t('settle.in.ratio') : t(`settle.in.${def.target_unit}`)} ${def.target_unit === 'count' || def.target_unit === 'CNY_fen' ? t('settle.year') : ''}`} rules={numbers((text) => !text.trim() || read(text, def.target_unit, share) !== null)}>
            <Input maxLength={30} allowClear />
          </Form.Item>
        )}
        <DayField name="valid_from" label={t('settle.from')} extra={t('settle.from.why')} needed={t('settle.needed')} />
        <Form.Item name="source" label={t('definition.source')} extra={t('settle.source')} rules={[{ required: true, whitespace: true, message: t('settle.needed') }]}>
          <Input maxLength={500} />
        </Form.Item>
        <Form.Item name="reason" label={k('reason')} extra={k('reason.hint')} rules={[{ required: true, whitespace: true, message: k('reason.needed') }]}>
          <Input.TextArea rows={3} maxLength={500} showCount />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

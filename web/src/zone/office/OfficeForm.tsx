import { Form, Input, InputNumber, Modal, Radio, Select } from 'antd';
import { useEffect } from 'react';
import { submitKey } from '../../kit/api';
import { FieldErrors } from '../../kit/forms';
import { DayField } from '../../kit/DayField';
import { get } from '../../kit/api';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { useSession } from '../../kit/session';
import type { Page } from '../../kit/types';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { appoint, assignDuty, changeOfficial, changeUnit, type Duty, endDuty, establish, type Official, type Unit } from './api';
import { words } from './words';

/** One act of the organisation page, with what it is about. */
export type Asked =
  | { what: 'unit.new' | 'unit.rename' | 'unit.close' | 'official.new'; unit: Unit }
  | { what: 'unit.move'; unit: Unit; units: readonly Unit[] }
  | { what: 'official.edit' | 'official.relieve'; unit: Unit; official: Official }
  | { what: 'duty.new'; unit: Unit; officials: readonly Official[] }
  | { what: 'duty.end'; unit: Unit; duty: Duty };

type Values = Record<string, string | number | undefined>;

function startOf(asked: Asked): Values {
  const today = dayOf(Date.now());
  switch (asked.what) {
    case 'unit.new':
      return { kind: 'department' };
    case 'unit.rename':
      return { name_zh: asked.unit.name_zh, name_en: asked.unit.name_en, position: asked.unit.position };
    case 'unit.move':
      return { parent: asked.unit.parent };
    case 'unit.close':
      return { closed_on: today };
    case 'official.new':
    case 'duty.new':
      return { since_on: today };
    case 'official.edit':
      return { name: asked.official.name, position: asked.official.position, account: asked.official.account, since_on: asked.official.since_on };
    default:
      return { until_on: today };
  }
}

async function submit(asked: Asked, values: Values): Promise<void> {
  const given = Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined && v !== ''));
  switch (asked.what) {
    case 'unit.new':
      await establish({ ...given, parent: asked.unit.id }, submitKey());
      return;
    case 'unit.rename':
    case 'unit.move':
    case 'unit.close':
      await changeUnit(asked.unit, values);
      return;
    case 'official.new':
      await appoint({ ...given, unit: asked.unit.id }, submitKey());
      return;
    case 'official.edit':
    case 'official.relieve':
      await changeOfficial(asked.official, asked.what === 'official.edit' ? { ...values, account: values['account'] ?? '' } : values);
      return;
    case 'duty.new':
      await assignDuty({ ...given, ...(given['official'] ? {} : { unit: asked.unit.id }) }, submitKey());
      return;
    case 'duty.end':
      await endDuty(asked.duty, String(values['until_on']));
  }
}

/** The form of one act. */
export default function OfficeForm({ asked, onClose, onSaved }: { asked: Asked | undefined; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<Values>();
  const act = useAct(async (values: Values) => {
    if (!asked) return;
    await submit(asked, values);
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    clear();
    form.resetFields();
    if (asked) form.setFieldsValue(startOf(asked));
  }, [asked, form, clear]);
  return (
    <Modal open={asked !== undefined} title={asked ? t(asked.what) : ''} okText={k('save')} cancelText={k('cancel')} okButtonProps={{ loading: act.busy }} onOk={() => form.submit()} onCancel={onClose} forceRender>
      <Form form={form} layout="vertical" onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        {asked && <Fields asked={asked} />}
      </Form>
    </Modal>
  );
}

function Fields({ asked }: { asked: Asked }) {
  const t = useWords(words);
  const lang = useLang();
  const need = [{ required: true, whitespace: true, message: t('needed') }];
  switch (asked.what) {
    case 'unit.new':
    case 'unit.rename':
      return (
        <>
          {asked.what === 'unit.new' && (
            <>
              <p className="muted">{t('unit.under', { name: lang === 'zh' ? asked.unit.name_zh : asked.unit.name_en || asked.unit.name_zh })}</p>
              <Form.Item name="kind" label={t('field.kind')}>
                <Radio.Group options={(['department', 'platform', 'operator'] as const).map((v) => ({ value: v, label: t(`kind.${v}`) }))} />
              </Form.Item>
            </>
          )}
          <Form.Item name="name_zh" label={t('field.name_zh')} rules={need}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="name_en" label={t('field.name_en')}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="position" label={t('field.order')}>
            <InputNumber min={0} max={9999} precision={0} />
          </Form.Item>
        </>
      );
    case 'unit.move':
      return (
        <Form.Item name="parent" label={t('field.parent')} rules={[{ required: true, message: t('needed') }]}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={asked.units.filter((u) => u.id !== asked.unit.id && !u.closed_on).map((u) => ({ value: u.id, label: lang === 'zh' ? u.name_zh : u.name_en || u.name_zh }))} />
        </Form.Item>
      );
    case 'unit.close':
      return <DayField name="closed_on" label={t('field.closed_on')} needed={t('needed')} extra={t('unit.close.what')} />;
    case 'official.new':
    case 'official.edit':
      return (
        <>
          <Form.Item name="name" label={t('field.name')} rules={need}>
            <Input maxLength={100} />
          </Form.Item>
          <Form.Item name="position" label={t('field.position')} rules={need}>
            <Input maxLength={100} />
          </Form.Item>
          <AccountField />
          <DayField name="since_on" label={t('field.since_on')} needed={t('needed')} />
        </>
      );
    case 'official.relieve':
      return <DayField name="until_on" label={t('field.until_on')} needed={t('needed')} extra={t('official.relieve.what')} />;
    case 'duty.new':
      return (
        <>
          <Form.Item name="text_zh" label={t('field.text_zh')} rules={need}>
            <Input.TextArea rows={2} maxLength={500} />
          </Form.Item>
          <Form.Item name="text_en" label={t('field.text_en')}>
            <Input.TextArea rows={2} maxLength={500} />
          </Form.Item>
          <Form.Item name="official" label={t('field.official')}>
            <Select allowClear placeholder={t('duty.whole')} options={asked.officials.filter((o) => !o.until_on).map((o) => ({ value: o.id, label: `${o.name} ${o.position}` }))} />
          </Form.Item>
          <Form.Item name="industry" label={t('field.industry')}>
            <Input maxLength={10} />
          </Form.Item>
          <Form.Item name="area" label={t('field.area')}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="source" label={t('field.source')} extra={t('source.why')} rules={need}>
            <Input maxLength={300} />
          </Form.Item>
          <DayField name="since_on" label={t('field.since_on')} needed={t('needed')} />
        </>
      );
    case 'duty.end':
      return <DayField name="until_on" label={t('field.until_on')} needed={t('needed')} />;
  }
}

/** The official's account, chosen from a list where the reader may see accounts. */
function AccountField() {
  const t = useWords(words);
  const { can } = useSession();
  const accounts = useLoad(can('account.read') ? 'accounts' : null, (signal) => get<Page<{ id: string; name: string; login: string }>>('/accounts', { limit: 200 }, signal)).data?.items;
  return (
    <Form.Item name="account" label={t('field.account')} extra={t('account.why')}>
      {accounts ? <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={accounts.map((a) => ({ value: a.id, label: `${a.name} (${a.login})` }))} /> : <Input maxLength={64} />}
    </Form.Item>
  );
}

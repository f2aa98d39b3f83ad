import { MinusCircleOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Drawer, Form, Input, Select } from 'antd';
import { useEffect, useRef } from 'react';
import { submitKey, submitOnce } from '../../kit/api';
import { DayField } from '../../kit/DayField';
import { FieldErrors } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { inputFigure, parseFigure } from '../../kit/money';
import { useLang, useWords } from '../../kit/words';
import { type Activity, amendActivity, planActivity, stepActivity } from './api';
import { useCampaigns, useDictionary, useOfficials, usePlatforms } from './lookups';
import { SubjectSelect } from './SubjectField';
import { words } from './words';

interface Values {
  kind: string;
  name: string;
  on_date: string;
  end_on?: string;
  place?: string;
  method?: string;
  campaign?: string;
  platform?: string;
  summary?: string;
  currency: string;
  cost?: string;
  firms?: { object?: string; name?: string }[];
  officials?: string[];
}

const CURRENCIES = ['CNY', 'USD', 'EUR', 'JPY', 'HKD', 'KRW', 'GBP'] as const;

/** Registers an activity, changes one, or records that it took place. */
export default function ActivityForm({ open, activity, held, onClose, onSaved }: { open: boolean; activity?: Activity | undefined; held?: boolean; onClose: () => void; onSaved: (a: Activity) => void }) {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const [form] = Form.useForm<Values>();
  const { dictionary } = useDictionary();
  const { campaigns } = useCampaigns();
  const platforms = usePlatforms();
  const officials = useOfficials('');
  const key = useRef(submitKey());
  const named = (x: { zh: string; en: string }) => (lang === 'zh' ? x.zh : x.en || x.zh);
  const act = useAct(async (v: Values) => {
    const minor = v.cost?.trim() ? parseFigure(v.cost, v.currency) : 0n;
    if (minor === null) {
      form.setFields([{ name: 'cost', errors: [t('cost.wrong')] }]);
      return;
    }
    const body = {
      kind: v.kind, name: v.name, on_date: v.on_date, end_on: v.end_on ?? '', place: v.place ?? '', method: v.method ?? '', campaign: v.campaign ?? '', platform: v.platform ?? '', summary: v.summary ?? '',
      cost: v.cost?.trim() ? { minor: Number(minor), currency: v.currency } : { minor: 0, currency: '' },
      parties: (v.firms ?? []).filter((f) => f?.object || f?.name?.trim()).map((f) => (f.object ? { party: f.object.replace('party.party/', ''), name: f.name ?? '' } : { name: f.name ?? '' })),
      officials: [...(activity?.officials ?? []).filter((o) => !o.official), ...(v.officials ?? []).map((id) => ({ official: id, name: '' }))],
    };
    const saved = !activity ? await submitOnce(key, (once) => planActivity(body, once)) : (held ? await stepActivity(activity, 'hold', body) : await amendActivity(activity, body)).data;
    onSaved(saved);
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    clear();
    form.setFieldsValue(
      activity
        ? {
            kind: activity.kind, name: activity.name, on_date: activity.on_date, end_on: activity.end_on, place: activity.place, method: activity.method || undefined, campaign: activity.campaign || undefined, platform: activity.platform || undefined, summary: activity.summary,
            currency: activity.cost?.currency || 'CNY', cost: activity.cost ? inputFigure(activity.cost) : '',
            firms: (activity.parties ?? []).map((p) => ({ ...(p.party ? { object: 'party.party/' + p.party } : {}), name: p.name })),
            officials: (activity.officials ?? []).map((o) => o.official ?? '').filter(Boolean),
          } as Values
        : { kind: 'roadshow', currency: 'CNY' } as Values,
    );
    // Only when it is opened: what is typed stays.
  }, [open]);
  const title = !activity ? t('activity.plan') : held ? t('activity.hold') : k('edit');
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(620px, 100vw)"
      title={title}
      mask={{ closable: false }}
      forceRender
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {activity && !held ? k('save') : title}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name={held ? 'hold' : 'activity'} layout="vertical" onFinish={(values) => void act.run(values)} scrollToFirstError={{ focus: true }}>
        <FieldErrors form={form} problem={act.error} />
        <Form.Item name="name" label={t('field.name')} rules={[{ required: true, whitespace: true, message: t('name.needed') }]}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="kind" label={t('field.kind')}>
          <Select options={(dictionary?.kinds ?? []).map((x) => ({ value: x.id, label: named(x) }))} />
        </Form.Item>
        <DayField name="on_date" label={t('field.on_date')} needed={t('day.needed')} />
        <DayField name="end_on" label={t('field.end_on')} extra={t('end_on.why')} />
        <Form.Item name="place" label={t('field.place')} rules={held ? [{ required: true, whitespace: true, message: t('place.needed') }] : []}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="method" label={t('field.method')}>
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={(dictionary?.items ?? []).filter((m) => !m.valid_to || m.id === activity?.method).map((m) => ({ value: m.id, label: named(m) }))} />
        </Form.Item>
        <Form.Item name="campaign" label={t('field.campaign')}>
          <Select allowClear options={campaigns.map((c) => ({ value: c.id, label: c.name }))} />
        </Form.Item>
        {(platforms.choices.length > 0 || activity?.platform) && (
          <Form.Item name="platform" label={t('field.platform')}>
            <Select allowClear options={withKept(platforms, activity?.platform)} />
          </Form.Item>
        )}
        <Form.Item label={t('field.firms')} extra={t('firms.why')}>
          <Form.List name="firms">
            {(fields, { add, remove }) => (
              <>
                {fields.map((f, i) => (
                  <div key={f.key} className="row" style={{ marginBottom: 8, flexWrap: 'nowrap', alignItems: 'flex-start' }}>
                    <FirmField at={f.name} index={i} />
                    <Button type="text" icon={<MinusCircleOutlined />} onClick={() => remove(f.name)} aria-label={t('firm.remove', { n: i + 1 })} />
                  </div>
                ))}
                <Button icon={<PlusOutlined />} onClick={() => add({})}>
                  {t('firm.add')}
                </Button>
              </>
            )}
          </Form.List>
        </Form.Item>
        <Form.Item name="officials" label={t('field.officials')}>
          <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={officials.map((o) => ({ value: o.official, label: o.label }))} />
        </Form.Item>
        <div className="row" style={{ alignItems: 'flex-end', flexWrap: 'nowrap' }}>
          <Form.Item name="currency" label={t('field.currency')}>
            <Select options={CURRENCIES.map((c) => ({ value: c, label: c }))} style={{ width: 96 }} />
          </Form.Item>
          <Form.Item name="cost" label={t('field.cost')} style={{ flex: 1 }}>
            <Input inputMode="decimal" placeholder={t('cost.hint')} />
          </Form.Item>
        </div>
        <Form.Item name="summary" label={t('field.summary')}>
          <Input.TextArea rows={3} maxLength={8000} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

/** The choices with the one that stands there, although it takes no more projects. */
function withKept({ choices, nameOf }: ReturnType<typeof usePlatforms>, kept = ''): { value: string; label: string }[] {
  return kept && !choices.some((c) => c.value === kept) ? [{ value: kept, label: nameOf(kept) }, ...choices] : choices;
}

/** A firm that took part: a registered one found by name, else its name. */
function FirmField({ at, index }: { at: number; index: number }) {
  const t = useWords(words);
  const form = Form.useFormInstance<Values>();
  const firm = form.getFieldValue(['firms', at]) as { object?: string; name?: string } | undefined;
  const object = Form.useWatch(['firms', at, 'object'], form) as string | undefined;
  return (
    <div style={{ flex: 1, minWidth: 0 }}>
      <Form.Item name={[at, 'object']} noStyle>
        <SubjectSelect firms known={firm?.object ? { object: firm.object, name: firm.name ?? '', note: '' } : undefined} />
      </Form.Item>
      {!object && (
        <Form.Item name={[at, 'name']} noStyle>
          <Input maxLength={200} aria-label={t('firm.name', { n: index + 1 })} placeholder={t('firm.typed')} style={{ marginTop: 6 }} />
        </Form.Item>
      )}
    </div>
  );
}

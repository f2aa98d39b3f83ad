import { PlusOutlined } from '@ant-design/icons';
import { Button, Drawer, Form, Input, Select, Tabs } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { submitKey, submitOnce } from '../../../kit/api';
import { DayField } from '../../../kit/DayField';
import { FieldErrors } from '../../../kit/forms';
import { PageHead } from '../../../kit/ListPage';
import { useAct, useLoad } from '../../../kit/load';
import { useKit } from '../../../kit/locale';
import { Empty, Loading, Problem } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import { useTitle } from '../../../kit/title';
import { dayOf } from '../../../kit/when';
import { sourceIn, useLang, useWords } from '../../../kit/words';
import { addCampaign, addMethod, type Campaign, getCampaigns, getMethods, type Method, setCampaign, setMethod } from '../../work/api';
import { useDepartments } from '../../work/lookups';
import { words } from './words';
import { YieldTable } from './YieldTable';

/** The periods yields are told for: the year so far, the one before, three years, all there is. */
const PERIODS = ['year', 'last', 'three', 'all'] as const;
type Period = (typeof PERIODS)[number];

function periodOf(period: Period): { from: string; until?: string } {
  const year = Number(dayOf(Date.now()).slice(0, 4));
  return { year: { from: `${year}-01-01` }, last: { from: `${year - 1}-01-01`, until: `${year - 1}-12-31` }, three: { from: `${year - 2}-01-01` }, all: { from: '2000-01-01' } }[period];
}

/** Methods and campaigns: what each brought and what its activities cost, as the scoreboard counts it. */
export default function Methods() {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  useTitle(t('methods.page'));
  const asked = search.get('period') as Period;
  const period = PERIODS.includes(asked) ? asked : 'three';
  const change = (patch: Record<string, string>) => setSearch({ tab: search.get('tab') || 'methods', period, ...patch }, { replace: true });
  return (
    <>
      <PageHead title={t('methods.page')} />
      <p className="muted">{t('methods.what')}</p>
      <div className="filters" role="search" aria-label={t('yield.period')}>
        <Select aria-label={t('yield.period')} value={period} onChange={(value) => change({ period: value })} options={PERIODS.map((value) => ({ value, label: t(`yield.period.${value}`) }))} style={{ minWidth: 160 }} />
      </div>
      <Tabs
        activeKey={search.get('tab') || 'methods'}
        onChange={(tab) => change({ tab })}
        destroyOnHidden
        items={[
          { key: 'methods', label: t('methods'), children: <MethodTable query={periodOf(period)} /> },
          { key: 'campaigns', label: t('campaigns'), children: <CampaignTable query={periodOf(period)} /> },
        ]}
      />
    </>
  );
}

function MethodTable({ query }: { query: object }) {
  const t = useWords(words);
  const lang = useLang();
  const k = useKit();
  const { can } = useSession();
  const load = useLoad('methods', getMethods);
  const [editing, setEditing] = useState<Method | 'new'>();
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading />;
  const zh = lang === 'zh';
  return (
    <>
      {can('work.define') && (
        <div className="actions" style={{ marginBottom: 12 }}>
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>
            {t('method.add')}
          </Button>
        </div>
      )}
      <YieldTable<Method>
        by="method"
        query={query}
        caption={t('methods')}
        nameless={t('yield.nameless.method')}
        entries={load.data.items ?? []}
        title={t('field.method')}
        name={(m) => (
          <>
            <span className="strong">{zh ? m.zh : m.en || m.zh}</span>
            {m.valid_to && <span className="warn small"> {t('ended', { day: m.valid_to })}</span>}
            <div className="muted small">{zh ? m.meaning_zh : m.meaning_en || m.meaning_zh}</div>
            {m.source && <div className="muted small">{t('field.source')} {sourceIn(m.source, lang)}</div>}
          </>
        )}
        act={
          can('work.define')
            ? (m) => (
                <Button size="small" onClick={() => setEditing(m)} aria-label={`${k('edit')} ${m.zh}`}>
                  {k('edit')}
                </Button>
              )
            : undefined
        }
      />
      <MethodDrawer method={editing} onClose={() => setEditing(undefined)} onSaved={load.reload} />
    </>
  );
}

interface MethodValues {
  zh: string;
  en?: string;
  meaning_zh?: string;
  meaning_en?: string;
  valid_from?: string;
  valid_to?: string;
  source?: string;
}

function MethodDrawer({ method, onClose, onSaved }: { method: Method | 'new' | undefined; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<MethodValues>();
  const key = useRef(submitKey());
  const act = useAct(async (values: MethodValues) => {
    if (method && method !== 'new') await setMethod(method, values);
    else await submitOnce(key, (once) => addMethod(values, once));
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!method) return;
    form.resetFields();
    clear();
    form.setFieldsValue(method === 'new' ? { valid_from: dayOf(Date.now()) } : method);
  }, [method, form, clear]);
  return (
    <Drawer open={method !== undefined} onClose={onClose} size="min(480px, 100vw)" title={method === 'new' ? t('method.add') : t('method.edit')} forceRender footer={<div className="actions"><Button type="primary" loading={act.busy} onClick={() => form.submit()}>{k('save')}</Button><Button onClick={onClose}>{k('cancel')}</Button></div>}>
      <Form form={form} name="method" layout="vertical" onFinish={(values) => void act.run(values)}>
        <FieldErrors form={form} problem={act.error} />
        <Form.Item name="zh" label={t('field.zh')} rules={[{ required: true, whitespace: true, message: t('name.needed') }]}>
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item name="en" label={t('field.en')}>
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item name="meaning_zh" label={t('field.meaning_zh')}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
        <Form.Item name="meaning_en" label={t('field.meaning_en')}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
        <DayField name="valid_from" label={t('field.valid_from')} />
        <DayField name="valid_to" label={t('field.valid_to')} extra={t('valid_to.why')} />
        <Form.Item name="source" label={t('field.source')}>
          <Input maxLength={200} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

function CampaignTable({ query }: { query: object }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const { nameOf } = useDepartments();
  const load = useLoad('campaigns', getCampaigns);
  const [editing, setEditing] = useState<Campaign | 'new'>();
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading />;
  const rows = load.data.items ?? [];
  const add = can('work.define') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>
      {t('campaign.add')}
    </Button>
  );
  return (
    <>
      {rows.length === 0 ? (
        <Empty title={t('campaigns.none')} action={add}>
          {t('campaigns.none.what')}
        </Empty>
      ) : (
        <>
          <div className="actions" style={{ marginBottom: 12 }}>
            {add}
          </div>
          <YieldTable<Campaign>
            by="campaign"
            query={query}
            caption={t('campaigns')}
            nameless={t('yield.nameless.campaign')}
            entries={rows}
            title={t('field.campaign')}
            name={(c) => (
              <>
                <span className="strong">{c.name}</span>
                <div className="muted small">{c.goal}</div>
                <div className="small">
                  <span className="figure">
                    {c.since_on} – {c.until_on || '…'}
                  </span>{' '}
                  · {nameOf(c.unit)}
                </div>
              </>
            )}
            act={
              can('work.define')
                ? (c) => (
                    <Button size="small" onClick={() => setEditing(c)} aria-label={`${k('edit')} ${c.name}`}>
                      {k('edit')}
                    </Button>
                  )
                : undefined
            }
          />
        </>
      )}
      <CampaignDrawer campaign={editing} onClose={() => setEditing(undefined)} onSaved={load.reload} />
    </>
  );
}

interface CampaignValues {
  name: string;
  goal?: string;
  unit?: string;
  since_on: string;
  until_on?: string;
}

function CampaignDrawer({ campaign, onClose, onSaved }: { campaign: Campaign | 'new' | undefined; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { choices } = useDepartments();
  const [form] = Form.useForm<CampaignValues>();
  const key = useRef(submitKey());
  const act = useAct(async (values: CampaignValues) => {
    if (campaign && campaign !== 'new') await setCampaign(campaign, values);
    else await submitOnce(key, (once) => addCampaign(values, once));
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!campaign) return;
    form.resetFields();
    clear();
    form.setFieldsValue(campaign === 'new' ? { since_on: dayOf(Date.now()) } : campaign);
  }, [campaign, form, clear]);
  return (
    <Drawer open={campaign !== undefined} onClose={onClose} size="min(480px, 100vw)" title={campaign === 'new' ? t('campaign.add') : t('campaign.edit')} forceRender footer={<div className="actions"><Button type="primary" loading={act.busy} onClick={() => form.submit()}>{k('save')}</Button><Button onClick={onClose}>{k('cancel')}</Button></div>}>
      <Form form={form} name="campaign" layout="vertical" onFinish={(values) => void act.run(values)}>
        <FieldErrors form={form} problem={act.error} />
        <Form.Item name="name" label={t('field.name')} rules={[{ required: true, whitespace: true, message: t('name.needed') }]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="goal" label={t('field.goal')}>
          <Input.TextArea rows={3} maxLength={500} />
        </Form.Item>
        <Form.Item name="unit" label={t('field.lead')}>
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={choices} />
        </Form.Item>
        <DayField name="since_on" label={t('field.since_on')} needed={t('day.needed')} />
        <DayField name="until_on" label={t('field.until_on')} />
      </Form>
    </Drawer>
  );
}

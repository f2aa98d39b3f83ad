import { PlusOutlined } from '@ant-design/icons';
import { Button, Drawer, Form, Input, Select, Tabs } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { get, submitKey, submitOnce } from '../../kit/api';
import { DataTable } from '../../kit/DataTable';
import { DayField } from '../../kit/DayField';
import { FieldErrors } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { exactMoney, shortMoney } from '../../kit/money';
import { Empty, Loading, Problem } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { activityTotals, addCampaign, addMethod, type Campaign, getCampaigns, getMethods, type Method, setCampaign, setMethod, type Spent } from './api';
import { useDepartments } from './lookups';
import { words } from './words';

/** From 在谈 on a lead is a real talk; from 签约 on it is signed. */
const TALKING = ['negotiating', 'signed', 'landed', 'started', 'producing', 'effective'] as const;
const SIGNED = TALKING.slice(1);

/** Methods and campaigns: what each cost and what came of it, side by side with how many there were. */
export default function Methods() {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  useTitle(t('methods.page'));
  const totals = useLoad('activity-totals', (signal) => activityTotals({}, signal));
  return (
    <>
      <PageHead title={t('methods.page')} />
      <p className="muted">{t('methods.what')}</p>
      <Tabs
        activeKey={search.get('tab') || 'methods'}
        onChange={(tab) => setSearch({ tab }, { replace: true })}
        items={[
          { key: 'methods', label: t('methods'), children: <MethodTable spent={totals.data?.items ?? []} /> },
          { key: 'campaigns', label: t('campaigns'), children: <CampaignTable spent={totals.data?.items ?? []} /> },
        ]}
      />
      {totals.error && <Problem problem={totals.error} retry={totals.reload} />}
    </>
  );
}

/** Activities held, and their cost by currency. */
function Cost({ spent }: { spent: readonly Spent[] }) {
  const t = useWords(words);
  const lang = useLang();
  const stated = spent.filter((s) => s.cost.currency);
  const held = spent.reduce((n, s) => n + s.held, 0);
  const n = stated.reduce((x, s) => x + s.stated, 0);
  const sums = new Map<string, number>();
  stated.forEach((s) => sums.set(s.cost.currency, (sums.get(s.cost.currency) ?? 0) + s.cost.minor));
  return (
    <>
      <div>{t('held.n', { n: held })}</div>
      {[...sums].map(([currency, minor]) => (
        <div key={currency} className="small" title={exactMoney({ minor, currency }, lang)}>
          {shortMoney({ minor, currency }, lang)} <span className="muted">{t('cost.n', { n })}</span>
        </div>
      ))}
    </>
  );
}

/** Projects by the method or campaign that brought them: how many there are, how many talk, how many signed. */
function Yield({ name, id }: { name: 'method' | 'campaign'; id: string }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const load = useLoad(can('pipeline.read') ? `yield:${name}:${id}` : null, (signal) => get<{ count: number; by_stage: { stage: string; count: number }[] | null }>('/projects/totals', { [name]: id }, signal));
  if (!load.data) return <span className="muted">{load.loading ? '…' : k('empty.value')}</span>;
  const count = (stages: readonly string[]) => (load.data?.by_stage ?? []).filter((s) => stages.includes(s.stage)).reduce((n, s) => n + s.count, 0);
  const n = load.data.count;
  if (n === 0) return <span className="muted">{t('yield.none')}</span>;
  const share = (part: number) => `${part} (${Math.round((100 * part) / n)}%)`;
  return (
    <span>
      <Link className="underlined" to={`/projects?${name}=${id}`}>{t('yield.leads', { n })}</Link> · {t('yield.talking', { n: share(count(TALKING)) })} · {t('yield.signed', { n: share(count(SIGNED)) })}
    </span>
  );
}

function MethodTable({ spent }: { spent: readonly Spent[] }) {
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
      <DataTable
        caption={t('methods')}
        rows={load.data.items ?? []}
        rowKey={(m) => m.id}
        columns={[
          { id: 'name', title: t('field.method'), cell: (m) => <><span className="strong">{zh ? m.zh : m.en || m.zh}</span>{m.valid_to && <span className="warn small"> {t('ended', { day: m.valid_to })}</span>}<div className="muted small">{zh ? m.meaning_zh : m.meaning_en || m.meaning_zh}</div></> },
          { id: 'yield', title: t('yield'), cell: (m) => <Yield name="method" id={m.id} /> },
          { id: 'cost', title: t('cost.of'), cell: (m) => <Cost spent={spent.filter((s) => s.method === m.id)} /> },
          { id: 'source', title: t('field.source'), cell: (m) => <span className="small">{m.source || k('unknown.value')}</span> },
          ...(can('work.define') ? [{ id: 'act', title: t('acts'), cell: (m: Method) => <Button size="small" onClick={() => setEditing(m)} aria-label={`${k('edit')} ${m.zh}`}>{k('edit')}</Button> }] : []),
        ]}
        card={(m) => (
          <>
            <div className="card-line">
              <span className="strong">{zh ? m.zh : m.en || m.zh}</span>
              {can('work.define') && (
                <Button size="small" onClick={() => setEditing(m)} aria-label={`${k('edit')} ${m.zh}`}>
                  {k('edit')}
                </Button>
              )}
            </div>
            <div className="muted small">{zh ? m.meaning_zh : m.meaning_en || m.meaning_zh}</div>
            {m.valid_to && <div className="warn small">{t('ended', { day: m.valid_to })}</div>}
            <div className="small"><Yield name="method" id={m.id} /></div>
            <div className="small"><Cost spent={spent.filter((s) => s.method === m.id)} /></div>
          </>
        )}
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

function CampaignTable({ spent }: { spent: readonly Spent[] }) {
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
          <DataTable
            caption={t('campaigns')}
            rows={rows}
            rowKey={(c) => c.id}
            columns={[
              { id: 'name', title: t('field.campaign'), cell: (c) => <><span className="strong">{c.name}</span><div className="muted small">{c.goal}</div></> },
              { id: 'term', title: t('field.term'), cell: (c) => <span className="figure">{c.since_on} – {c.until_on || '…'}</span> },
              { id: 'unit', title: t('field.lead'), cell: (c) => nameOf(c.unit) },
              { id: 'yield', title: t('yield'), cell: (c) => <Yield name="campaign" id={c.id} /> },
              { id: 'cost', title: t('cost.of'), cell: (c) => <Cost spent={spent.filter((s) => s.campaign === c.id)} /> },
              ...(can('work.define') ? [{ id: 'act', title: t('acts'), cell: (c: Campaign) => <Button size="small" onClick={() => setEditing(c)} aria-label={`${k('edit')} ${c.name}`}>{k('edit')}</Button> }] : []),
            ]}
            card={(c) => (
              <>
                <div className="card-line">
                  <span className="strong">{c.name}</span>
                  {can('work.define') && (
                    <Button size="small" onClick={() => setEditing(c)} aria-label={`${k('edit')} ${c.name}`}>
                      {k('edit')}
                    </Button>
                  )}
                </div>
                <div className="muted small">{c.goal}</div>
                <div className="small">
                  <span className="figure">{c.since_on} – {c.until_on || '…'}</span> · {nameOf(c.unit)}
                </div>
                <div className="small"><Yield name="campaign" id={c.id} /></div>
                <div className="small"><Cost spent={spent.filter((s) => s.campaign === c.id)} /></div>
              </>
            )}
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

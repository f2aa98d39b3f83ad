import { Button, Checkbox, Drawer, Form, Input, Select } from 'antd';
import { type ReactNode, useEffect, useId } from 'react';
import { get, submitKey } from '../../kit/api';
import { DayField } from '../../kit/DayField';
import { FieldErrors } from '../../kit/forms';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Loading } from '../../kit/notices';
import { useSession } from '../../kit/session';
import type { Page, Schemas } from '../../kit/types';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { useUnits } from '../office/lookups';
import { addTask, adopt, amendContract, amendPlatform, amendTask, changeOperator, closeContract, type Contract, fileContract, getPlaybook, openPlatform, type PlatformDetail, retirePlatform, type Task } from './api';
import { words } from './words';

type Values = Record<string, unknown>;

interface DrawerProps {
  open: boolean;
  onClose: () => void;
  onSaved: () => void;
}

/** A drawer around one form: what was refused stands on top and beside the fields, nothing typed is lost. */
function FormDrawer({ open, title, confirm, initial, danger, children, onClose, onSaved, onSubmit }: DrawerProps & { title: string; confirm: string; initial?: Values; danger?: boolean; children: ReactNode; onSubmit: (values: Values, key: string) => Promise<unknown> }) {
  const k = useKit();
  const id = useId(); // several drawers wait on one page: each form's fields have their own ids
  const [form] = Form.useForm<Values>();
  const act = useAct(async (values: Values) => {
    await onSubmit(values, submitKey());
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    clear();
    if (initial) form.setFieldsValue(initial);
  }, [open]);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(560px, 100vw)"
      title={title}
      mask={{ closable: false }}
      forceRender
      footer={
        <div className="actions">
          <Button type="primary" danger={danger ?? false} loading={act.busy} onClick={() => form.submit()}>
            {confirm}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name={id} layout="vertical" onFinish={(values) => void act.run(values)} scrollToFirstError={{ focus: true }}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        {children}
      </Form>
    </Drawer>
  );
}

function TextField({ name, needed, long, max = 200, extra }: { name: string; needed?: boolean; long?: boolean; max?: number; extra?: string }) {
  const t = useWords(words);
  return (
    <Form.Item name={name} label={t.maybe('field.', name)} {...(extra ? { extra } : {})} rules={needed ? [{ required: true, whitespace: true, message: t('needed') }] : []}>
      {long ? <Input.TextArea rows={3} maxLength={max} /> : <Input maxLength={max} />}
    </Form.Item>
  );
}

/** A unit of some kinds by name. */
function UnitField({ name, kinds, needed, extra }: { name: string; kinds: readonly string[]; needed?: boolean; extra?: string }) {
  const t = useWords(words);
  const { units, nameOf } = useUnits();
  return (
    <Form.Item name={name} label={t.maybe('field.', name)} {...(extra ? { extra } : {})} rules={needed ? [{ required: true, message: t('needed') }] : []}>
      <Select allowClear={!needed} showSearch={{ optionFilterProp: 'label' }} options={units.filter((u) => kinds.includes(u.kind)).map((u) => ({ value: u.id, label: nameOf(u.id) }))} />
    </Form.Item>
  );
}

/** An official with an account. */
function OfficialField({ name, extra }: { name: string; extra?: string }) {
  const t = useWords(words);
  const { nameOf } = useUnits();
  const officials = useLoad('officials', (signal) => get<Page<Schemas['OfficeOfficial']>>('/officials', { limit: 200 }, signal)).data?.items ?? [];
  return (
    <Form.Item name={name} label={t.maybe('field.', name)} {...(extra ? { extra } : {})}>
      <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={officials.filter((o) => o.account).map((o) => ({ value: o.account, label: `${o.name} · ${nameOf(o.unit)} ${o.position}` }))} />
    </Form.Item>
  );
}

const given = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined && v !== ''));
const text = (v: unknown): string => (typeof v === 'string' ? v : '');

/** Adopts platforms of the playbook. */
export function AdoptDrawer(props: DrawerProps) {
  const t = useWords(words);
  const lang = useLang();
  const { session } = useSession();
  const load = useLoad(props.open ? `playbook` : null, getPlaybook);
  const plays = load.data?.platforms ?? [];
  return (
    <FormDrawer key={load.data ? 'there' : 'none'} {...props} title={t('adopt')} confirm={t('adopt.confirm')} initial={{ playbook: plays.filter((p) => !p.adopted).map((p) => p.id), unit: session?.account.unit || undefined, since_on: dayOf(Date.now()) }} onSubmit={(values, key) => adopt(given(values), key)}>
      {!load.data ? (
        props.open && <Loading rows={5} />
      ) : (
        <>
          <Form.Item name="playbook" label={t('field.playbook')} rules={[{ validator: (_, picked?: string[]) => (picked?.length ? Promise.resolve() : Promise.reject(new Error(t('adopt.pick')))) }]}>
            <Checkbox.Group className="playbook">
              {plays.map((p) => (
                <Checkbox key={p.id} value={p.id} disabled={p.adopted !== ''}>
                  <span className="strong">{lang === 'en' ? p.name_en : p.name_zh}</span> <span className="muted">{lang === 'en' ? p.mission_en : p.mission_zh}</span>
                  {p.adopted && <span className="muted"> {t('adopted')}</span>}
                </Checkbox>
              ))}
            </Checkbox.Group>
          </Form.Item>
          <UnitField name="unit" kinds={['department', 'platform', 'zone']} needed extra={t('unit.why')} />
          <DayField name="since_on" label={t('field.since_on')} needed={t('needed')} />
          <p className="muted small">{t('source', { source: lang === 'en' ? load.data.source_en : load.data.source_zh, day: load.data.as_of })}</p>
        </>
      )}
    </FormDrawer>
  );
}

/** Sets up a platform of the zone's own, or changes one. */
export function PlatformDrawer({ platform, etag, ...props }: DrawerProps & { platform?: PlatformDetail; etag?: string }) {
  const t = useWords(words);
  const k = useKit();
  const { session } = useSession();
  const now = platform ? { ...platform } : { unit: session?.account.unit || undefined, since_on: dayOf(Date.now()) };
  const save = (values: Values, key: string) => (platform ? amendPlatform(platform.id, { ...values, owner: values['owner'] ?? '' }, etag ?? '') : openPlatform(given(values), key));
  return (
    <FormDrawer {...props} title={t(platform ? 'edit' : 'new')} confirm={platform ? k('save') : t('new')} initial={now} onSubmit={save}>
      <TextField name="name_zh" needed max={80} />
      <TextField name="name_en" max={120} />
      <TextField name="mission_zh" needed long max={500} />
      <TextField name="mission_en" long max={1000} />
      <TextField name="source" max={500} extra={t('source.why')} />
      <TextField name="track" max={40} extra={t('track.why')} />
      <UnitField name="unit" kinds={['department', 'platform', 'zone']} needed extra={t('unit.why')} />
      <OfficialField name="owner" />
      <DayField name="since_on" label={t('field.since_on')} needed={t('needed')} />
    </FormDrawer>
  );
}

/** Puts a platform into another operator's hands. */
export function OperatorDrawer({ platform, etag, ...props }: DrawerProps & { platform: PlatformDetail; etag: string }) {
  const t = useWords(words);
  return (
    <FormDrawer {...props} title={t('operator.change')} confirm={t('operator.change')} initial={{ since_on: dayOf(Date.now()) }} onSubmit={(v) => changeOperator(platform.id, { operator: text(v['operator']), since_on: text(v['since_on']), reason: text(v['reason']) }, etag)}>
      <UnitField name="operator" kinds={['operator']} extra={t('operator.why')} />
      <DayField name="since_on" label={t('field.since_on')} needed={t('needed')} />
      <TextField name="reason" long max={1000} />
    </FormDrawer>
  );
}

/** Retires a platform. */
export function RetireDrawer({ platform, etag, ...props }: DrawerProps & { platform: PlatformDetail; etag: string }) {
  const t = useWords(words);
  return (
    <FormDrawer {...props} danger title={t('retire')} confirm={t('retire')} initial={{ until_on: dayOf(Date.now()) }} onSubmit={(v) => retirePlatform(platform.id, { until_on: text(v['until_on']), reason: text(v['reason']) }, etag)}>
      <p>{t('retire.what')}</p>
      <DayField name="until_on" label={t('field.until_on')} needed={t('needed')} />
      <TextField name="reason" needed long max={1000} />
    </FormDrawer>
  );
}

/** Files a contract with an operator, or corrects one. */
export function ContractDrawer({ platform, operator, contract, etag, ...props }: DrawerProps & { platform: string; operator: string; contract?: Contract; etag?: string }) {
  const t = useWords(words);
  const k = useKit();
  const { session } = useSession();
  const now: Values = contract ? { ...contract } : { operator: operator || undefined, owner: session?.account.id };
  const save = (values: Values, key: string) => (contract ? amendContract(contract.id, values, etag ?? '') : fileContract(platform, given(values), key));
  return (
    <FormDrawer {...props} title={t(contract ? 'contract.edit' : 'contract.new')} confirm={contract ? k('save') : t('contract.new')} initial={now} onSubmit={save}>
      <TextField name="number" needed max={80} />
      <TextField name="title" needed />
      {!contract && <UnitField name="operator" kinds={['operator']} needed extra={t('contract.operator.why')} />}
      <DayField name="signed_on" label={t('field.signed_on')} needed={t('needed')} />
      <DayField name="since_on" label={t('field.since_on')} needed={t('needed')} />
      <DayField name="until_on" label={t('field.until_on')} needed={t('needed')} />
      <TextField name="procurement" needed long max={1000} extra={t('procurement.why')} />
      <OfficialField name="owner" extra={t('contract.owner.why')} />
      <TextField name="note" long max={4000} />
    </FormDrawer>
  );
}

/** Closes a contract. */
export function CloseDrawer({ contract, etag, ...props }: DrawerProps & { contract: Contract; etag: string }) {
  const t = useWords(words);
  return (
    <FormDrawer {...props} danger title={t('contract.close')} confirm={t('contract.close')} initial={{ on: dayOf(Date.now()) }} onSubmit={(v) => closeContract(contract.id, { on: text(v['on']), reason: text(v['reason']) }, etag)}>
      <DayField name="on" label={t('field.until_on')} needed={t('needed')} />
      <TextField name="reason" needed long max={1000} />
    </FormDrawer>
  );
}

/** Adds a task to a contract, or changes one. */
export function TaskDrawer({ contract, task, etag, ...props }: DrawerProps & { contract: Contract; task?: Task | undefined; etag: string }) {
  const t = useWords(words);
  const k = useKit();
  const now: Values = task ? { ...task } : { acceptor: contract.owner };
  const save = (values: Values, key: string) => (task ? amendTask(contract.id, task.id, given(values), etag) : addTask(contract.id, given(values), key));
  return (
    <FormDrawer key={task?.id ?? 'new'} {...props} title={t(task ? 'task.edit' : 'task.new')} confirm={task ? k('save') : t('task.new')} initial={now} onSubmit={save}>
      <TextField name="title" needed />
      <TextField name="evidence" needed long max={2000} extra={t('evidence.why')} />
      <DayField name="due_on" label={t('field.due_on')} needed={t('needed')} />
      <OfficialField name="acceptor" extra={t('acceptor.why')} />
    </FormDrawer>
  );
}

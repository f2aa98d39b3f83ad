import { PlusOutlined } from '@ant-design/icons';
import { Alert, App, Button, Drawer, Form, Input, Modal, Radio, Select, TreeSelect } from 'antd';
import { type MouseEvent, useEffect, useState } from 'react';
import { Link } from 'react-router';
import { get, submitKey } from '../../kit/api';
import { DataTable } from '../../kit/DataTable';
import { Text, When } from '../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../kit/forms';
import { ListPage, useFilters } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Copyable, Empty, Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import type { Page } from '../../kit/types';
import { useLang, useWords } from '../../kit/words';
import { type Account, actOnAccount, allowLink, getProvider, unlink, amendAccount, getAccount, getRoles, grantRoles, type Link as OneTimeLink, listAccounts, openAccount, resetAccount, type Role } from './api';
import { words } from './words';

const SPEC = { q: 'text', role: 'text', status: 'text', unit: 'text' } as const;

interface Unit {
  id: string;
  parent: string;
  name_zh: string;
  name_en: string;
}

function useUnitTree() {
  const lang = useLang();
  const { can } = useSession();
  const units = useLoad(can('office.read') ? 'units' : null, (signal) => get<Page<Unit>>('/units', undefined, signal)).data?.items ?? [];
  const known = new Set(units.map((u) => u.id));
  return units.map((u) => ({ id: u.id, pId: known.has(u.parent) ? u.parent : 0, value: u.id, title: lang === 'zh' ? u.name_zh : u.name_en || u.name_zh }));
}

/** The accounts of the zone and what administrators do with them. */
export default function Accounts() {
  const t = useWords(words);
  const lang = useLang();
  const k = useKit();
  const { can } = useSession();
  const list = useFilters(SPEC);
  const f = list.filters;
  const roles = useLoad('roles', getRoles).data?.items ?? [];
  const roleName = (id: string) => {
    const role = roles.find((r) => r.id === id);
    return role ? (lang === 'zh' ? role.zh : role.en) : t.maybe('role.', id);
  };
  const [adding, setAdding] = useState(false);
  const [link, setLink] = useState<OneTimeLink>();
  const [made, setMade] = useState(''); // shown once its link has been handed over
  const query = { q: f.q, role: f.role, status: f.status, unit: f.unit, cursor: list.cursor, limit: 50 };
  const load = useLoad(`/accounts?${JSON.stringify(query)}`, (signal) => listAccounts(query, signal));
  const said = list.active.map((name) => (name === 'role' ? roleName(f.role) : name === 'status' ? t.maybe('status.', f.status) : t(`filter.${name}`, { value: f[name] })));
  const openLink = (a: Account) => (
    <Link
      to={`/accounts?open=${a.id}`}
      onClick={(e: MouseEvent) => {
        if (e.metaKey || e.ctrlKey || e.shiftKey) return;
        e.preventDefault();
        list.setOpen(a.id);
      }}
    >
      {a.name}
    </Link>
  );
  return (
    <>
      <ListPage
        title={t('accounts')}
        actions={
          can('account.manage') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
              {t('account.new')}
            </Button>
          )
        }
        filters={
          <>
            <Input.Search key={f.q} allowClear defaultValue={f.q} aria-label={t('filter.q.label')} placeholder={t('filter.q.label')} onSearch={(q) => list.change({ q })} style={{ maxWidth: 260 }} />
            <Select allowClear aria-label={t('roles')} placeholder={t('roles')} value={f.role || undefined} onChange={(role?: string) => list.change({ role: role ?? '' })} options={roles.map((r) => ({ value: r.id, label: roleName(r.id) }))} style={{ minWidth: 150 }} />
            <Select allowClear aria-label={t('status')} placeholder={t('status')} value={f.status || undefined} onChange={(status?: string) => list.change({ status: status ?? '' })} options={(['active', 'disabled'] as const).map((s) => ({ value: s, label: t(`status.${s}`) }))} />
          </>
        }
        words={said}
        onClear={list.clear}
        load={load}
        empty={<Empty title={t('accounts.empty')} />}
      >
        {(rows) => (
          <DataTable
            caption={t('accounts')}
            rows={rows}
            rowKey={(a) => a.id}
            onOpen={(a) => list.setOpen(a.id)}
            opened={list.open}
            columns={[
              { id: 'name', title: t('name'), cell: (a) => <>{openLink(a)}<div className="muted small mono">{a.login}</div></> },
              { id: 'roles', title: t('roles'), cell: (a) => (a.roles ?? []).map(roleName).join(k('list.join')) || <span className="muted">{t('roles.none')}</span> },
              { id: 'unit', title: t('unit'), cell: (a) => <Text value={a.unit_name} /> },
              { id: 'status', title: t('status'), cell: (a) => <Status account={a} /> },
              { id: 'totp', title: t('totp'), cell: (a) => (a.totp ? t('yes') : <span className="muted">{t('no')}</span>) },
            ]}
            card={(a) => (
              <>
                <div className="card-line">
                  <span className="strong">{openLink(a)}</span>
                  <Status account={a} />
                </div>
                <div className="card-line muted small">
                  <span>{(a.roles ?? []).map(roleName).join(k('list.join')) || t('roles.none')}</span>
                  <span>{a.unit_name}</span>
                </div>
              </>
            )}
          />
        )}
      </ListPage>
      <Drawer open={list.open !== ''} onClose={() => list.setOpen('')} size="min(560px, 100vw)" title={t('account')} destroyOnHidden>
        {list.open && <AccountSheet id={list.open} roles={roles} roleName={roleName} onChanged={load.reload} onLink={setLink} />}
      </Drawer>
      <NewAccount
        open={adding}
        onClose={() => setAdding(false)}
        onOpened={(opened) => {
          setLink(opened.link);
          setMade(opened.account.id);
          load.reload();
        }}
      />
      <LinkDialog
        link={link}
        onClose={() => {
          setLink(undefined);
          if (made) list.setOpen(made);
          setMade('');
        }}
      />
    </>
  );
}

function Status({ account: a }: { account: Account }) {
  const t = useWords(words);
  if (a.status === 'disabled') return <span className="tag">{t('status.disabled')}</span>;
  if (a.locked_until > Date.now()) return <span className="tag" data-tone="red">{t('status.locked')}</span>;
  if (a.awaiting_password) return <span className="tag" data-tone="purple">{t('status.awaiting')}</span>;
  return <span className="tag" data-tone="green">{t('status.active')}</span>;
}

/** The one-time link: shown once, never again. */
function LinkDialog({ link, onClose }: { link: OneTimeLink | undefined; onClose: () => void }) {
  const t = useWords(words);
  const k = useKit();
  return (
    <Modal open={link !== undefined} title={t('once')} zIndex={1100} onCancel={onClose} mask={{ closable: false }} footer={<Button type="primary" onClick={onClose}>{t('once.done')}</Button>}>
      {link && (
        <div className="stack">
          <Alert type="warning" showIcon title={t('once.what', { login: link.login })} />
          <Copyable text={`${window.location.origin}/first-link/${link.token}`} />
          <p className="muted tight">
            {t('once.until')} <When at={link.expires_at} minute /> {k('timezone')}
          </p>
        </div>
      )}
    </Modal>
  );
}

type Ask = 'disable' | 'enable' | 'unlock' | 'reset' | 'allow_link' | 'unlink';

function AccountSheet({ id, roles, roleName, onChanged, onLink }: { id: string; roles: readonly Role[]; roleName: (id: string) => string; onChanged: () => void; onLink: (link: OneTimeLink) => void }) {
  const t = useWords(words);
  const k = useKit();
  const { can, session } = useSession();
  const load = useLoad(`account:${id}`, (signal) => getAccount(id, signal));
  const [asking, setAsking] = useState<Ask>();
  const provider = useLoad('provider', getProvider).data;
  const [editing, setEditing] = useState<'account' | 'roles'>();
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading rows={6} />;
  const a = load.data.data;
  const etag = load.data.etag || `"${a.version}"`;
  const changed = () => {
    load.reload();
    onChanged();
  };
  const locked = a.locked_until > Date.now();
  return (
    <>
      <Section
        title={a.name}
        extra={
          can('account.manage') && (
            <Button onClick={() => setEditing('account')}>{k('edit')}</Button>
          )
        }
      >
        <Facts
          items={[
            [t('login'), <span key="l" className="mono">{a.login}</span>],
            [t('status'), <Status key="s" account={a} />],
            locked ? [t('locked.until'), <When key="w" at={a.locked_until} minute />] : null,
            [t('unit'), <Text key="u" value={a.unit_name} />],
            [t('totp'), a.totp ? t('yes') : t('no')],
            [t('created'), <When key="c" at={a.created_at} />],
          ]}
        />
        <div className="actions" style={{ marginTop: 12 }}>
          {can('account.manage') && a.status === 'active' && a.id !== session?.account.id && <Button danger onClick={() => setAsking('disable')}>{t('do.disable')}</Button>}
          {can('account.manage') && a.status === 'disabled' && <Button onClick={() => setAsking('enable')}>{t('do.enable')}</Button>}
          {can('account.grant') && locked && <Button onClick={() => setAsking('unlock')}>{t('do.unlock')}</Button>}
          {can('account.grant') && a.status === 'active' && <Button onClick={() => setAsking('reset')}>{t('do.reset')}</Button>}
          {can('account.grant') && provider?.on && a.status === 'active' && a.identity === '' && <Button onClick={() => setAsking('allow_link')}>{t('do.allow_link')}</Button>}
          {can('account.grant') && a.identity !== '' && <Button onClick={() => setAsking('unlink')}>{t('do.unlink')}</Button>}
        </div>
      </Section>
      <Section title={t('roles')} extra={can('account.grant') && <Button onClick={() => setEditing('roles')}>{t('roles.grant')}</Button>}>
        {(a.roles ?? []).length === 0 ? <p className="muted tight">{t('roles.none')}</p> : <ul className="tight">{(a.roles ?? []).map((r) => <li key={r}>{roleName(r)}</li>)}</ul>}
        <p className="muted small" style={{ margin: '8px 0 0' }}>{t('roles.who')}</p>
      </Section>
      {asking && (
        <ReasonDialog
          open
          title={t(`do.${asking}`)}
          intro={t(`do.${asking}.what`, { name: a.name })}
          confirm={t(`do.${asking}`)}
          danger={asking === 'disable' || asking === 'unlink'}
          onCancel={() => setAsking(undefined)}
          onConfirm={async (reason) => {
            if (asking === 'reset') onLink(await resetAccount(id, reason));
            else if (asking === 'allow_link') await allowLink(id, reason);
            else if (asking === 'unlink') await unlink(id, reason);
            else await actOnAccount(id, asking, reason);
            setAsking(undefined);
            changed();
          }}
        />
      )}
      <EditAccount open={editing === 'account'} account={a} etag={etag} onClose={() => setEditing(undefined)} onSaved={changed} />
      <GrantRoles open={editing === 'roles'} account={a} etag={etag} roles={roles} roleName={roleName} onClose={() => setEditing(undefined)} onSaved={changed} />
    </>
  );
}

function NewAccount({ open, onClose, onOpened }: { open: boolean; onClose: () => void; onOpened: (made: { account: Account; link: OneTimeLink }) => void }) {
  const t = useWords(words);
  const [form] = Form.useForm<{ login: string; name: string; unit?: string; lang: string }>();
  const tree = useUnitTree();
  const act = useAct(async (values: { login: string; name: string; unit?: string; lang: string }) => {
    const made = await openAccount({ ...values, unit: values.unit ?? '' }, submitKey());
    onClose();
    onOpened(made);
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    clear();
  }, [open, form, clear]);
  return (
    <Modal open={open} title={t('account.new')} okText={t('account.open')} okButtonProps={{ loading: act.busy }} onOk={() => form.submit()} onCancel={onClose} forceRender>
      <Form form={form} name="open" layout="vertical" initialValues={{ lang: 'zh' }} onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <p className="muted tight">{t('account.new.what')}</p>
          <FieldErrors form={form} problem={act.error} />
        </div>
        <Form.Item name="login" label={t('login')} extra={t('login.rule')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input maxLength={32} autoComplete="off" autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <AccountFields tree={tree} />
      </Form>
    </Modal>
  );
}

function AccountFields({ tree }: { tree: ReturnType<typeof useUnitTree> }) {
  const t = useWords(words);
  return (
    <>
      <Form.Item name="name" label={t('name')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
        <Input maxLength={200} autoComplete="off" />
      </Form.Item>
      <Form.Item name="unit" label={t('unit')} extra={t('unit.why')}>
        <TreeSelect treeDataSimpleMode treeData={tree} treeDefaultExpandAll allowClear showSearch={{ treeNodeFilterProp: 'title' }} />
      </Form.Item>
      <Form.Item name="lang" label={t('lang')}>
        <Radio.Group options={[{ value: 'zh', label: '中文' }, { value: 'en', label: 'English' }]} />
      </Form.Item>
    </>
  );
}

function EditAccount({ open, account, etag, onClose, onSaved }: { open: boolean; account: Account; etag: string; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<{ name: string; unit?: string; lang: string }>();
  const tree = useUnitTree();
  const act = useAct(async (values: { name: string; unit?: string; lang: string }) => {
    const unit = values.unit ?? '';
    await amendAccount(account.id, { name: values.name, lang: values.lang, ...(unit === account.unit ? {} : { unit }) }, etag);
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.setFieldsValue({ name: account.name, unit: account.unit, lang: account.lang });
    clear();
  }, [open, form, clear, account]);
  return (
    <Modal open={open} title={t('account.edit')} okText={k('save')} okButtonProps={{ loading: act.busy }} onOk={() => form.submit()} onCancel={onClose} forceRender>
      <Form form={form} name="amend" layout="vertical" onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        <AccountFields tree={tree} />
      </Form>
    </Modal>
  );
}

function GrantRoles({ open, account, etag, roles, roleName, onClose, onSaved }: { open: boolean; account: Account; etag: string; roles: readonly Role[]; roleName: (id: string) => string; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const { message } = App.useApp();
  const [form] = Form.useForm<{ roles: string[]; reason: string }>();
  const chosen = (Form.useWatch('roles', form) as string[] | undefined) ?? [];
  const administrator = roles.find((r) => r.administrator && chosen.includes(r.id));
  const act = useAct(async (values: { roles: string[]; reason: string }) => {
    await grantRoles(account.id, { roles: values.roles, reason: values.reason }, etag);
    void message.success(t('roles.granted'));
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.setFieldsValue({ roles: account.roles ?? [], reason: '' });
    clear();
  }, [open, form, clear, account]);
  return (
    <Modal open={open} title={t('roles.of', { name: account.name })} okText={t('roles.grant')} okButtonProps={{ loading: act.busy }} onOk={() => form.submit()} onCancel={onClose} forceRender>
      <Form form={form} name="grant" layout="vertical" onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <Alert type="info" showIcon title={t('three')} description={t('three.what')} />
          <FieldErrors form={form} problem={act.error} />
        </div>
        <Form.Item name="roles" label={t('roles')} extra={administrator ? t('three.only', { role: roleName(administrator.id) }) : undefined}>
          <Select
            mode="multiple"
            options={roles.map((r) => ({
              value: r.id,
              label: roleName(r.id),
              disabled: !chosen.includes(r.id) && (administrator !== undefined || (r.administrator && chosen.length > 0)),
            }))}
          />
        </Form.Item>
        <Form.Item name="reason" label={t('reason')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

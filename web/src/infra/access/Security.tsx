import { Alert, App, Button, Form, Input, InputNumber, Modal, QRCode, Select } from 'antd';
import { useEffect, useState } from 'react';
import { submitKey } from '../../kit/api';
import { DataTable } from '../../kit/DataTable';
import { When } from '../../kit/figures';
import { FieldErrors } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Copyable, Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { beginTotp, changePassword, confirmTotp, dropTotp, issueToken, listTokens, type Token, withdrawToken } from './api';
import { PasswordFields } from './PasswordFields';
import { words } from './words';

/** The signed-in person's own password, second factor and API tokens. */
export default function Security() {
  const t = useWords(words);
  const k = useKit();
  const { session, can } = useSession();
  useTitle(t('security'));
  if (!session) return null;
  const a = session.account;
  return (
    <>
      <PageHead title={t('security')} />
      {(session.must_set_password || session.must_set_totp) && <Alert type="warning" showIcon role="alert" style={{ marginBottom: 16 }} title={session.must_set_password ? t('must.password') : t('must.totp')} />}
      <div className="form-narrow">
        <Section title={t('me')}>
          <Facts
            items={[
              [t('name'), a.name],
              [t('login'), a.login],
              [t('unit'), a.unit_name || a.unit],
              [t('roles'), (a.roles ?? []).map((r) => t.maybe('role.', r)).join(k('list.join')) || t('roles.none')],
            ]}
          />
        </Section>
        <PasswordSection />
        <TotpSection />
        {can('token.manage') && !session.must_set_password && !session.must_set_totp && <TokensSection />}
      </div>
    </>
  );
}

function PasswordSection() {
  const t = useWords(words);
  const { message } = App.useApp();
  const { refresh, session } = useSession();
  const [form] = Form.useForm<{ old: string; new: string }>();
  const act = useAct(async (values: { old: string; new: string }) => {
    await changePassword(values.old, values.new);
    form.resetFields();
    void message.success(t('password.changed'));
    await refresh();
  });
  return (
    <Section title={t('password.change')}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        <input className="sr-only" value={session?.account.login ?? ''} readOnly autoComplete="username" aria-hidden tabIndex={-1} />
        <Form.Item name="old" label={t('password.old')} rules={[{ required: true, message: t('password.needed') }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <PasswordFields name="new" />
        <Button htmlType="submit" loading={act.busy}>
          {t('password.change')}
        </Button>
      </Form>
    </Section>
  );
}

function TotpSection() {
  const t = useWords(words);
  const { session, refresh } = useSession();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ code: string }>();
  const [setup, setSetup] = useState<{ secret: string; url: string }>();
  const begin = useAct(async () => setSetup(await beginTotp()));
  const confirm = useAct(async (values: { code: string }) => {
    await confirmTotp(values.code.replaceAll(' ', ''));
    setSetup(undefined);
    form.resetFields();
    void message.success(t('totp.on.done'));
    await refresh();
  });
  const drop = useAct(async (values: { code: string }) => {
    await dropTotp(values.code.replaceAll(' ', ''));
    form.resetFields();
    void message.success(t('totp.off.done'));
    await refresh();
  });
  const on = session?.totp ?? false;
  const code = (
    <Form.Item name="code" label={t('totp.code')} rules={[{ required: true, message: t('totp.needed') }]}>
      <Input autoComplete="one-time-code" inputMode="numeric" maxLength={7} style={{ width: 160 }} />
    </Form.Item>
  );
  return (
    <Section title={t('totp')}>
      <p>{on ? t('totp.on') : t('totp.off')}</p>
      {on ? (
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void drop.run(values)}>
          <div className="stack">
            <FieldErrors form={form} problem={drop.error} />
          </div>
          {code}
          <Button htmlType="submit" danger loading={drop.busy}>
            {t('totp.drop')}
          </Button>
        </Form>
      ) : setup ? (
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void confirm.run(values)}>
          <ol className="tight">
            <li>
              {t('totp.scan')}
              <div style={{ margin: '10px 0' }} role="img" aria-label={t('totp.qr')}>
                <QRCode value={setup.url} type="svg" color="#000000" bgColor="#ffffff" />
              </div>
              <p>
                {t('totp.type')} <Copyable text={setup.secret} />
              </p>
            </li>
            <li>{t('totp.then')}</li>
          </ol>
          <div className="stack">
            <FieldErrors form={form} problem={confirm.error} />
          </div>
          {code}
          <Button type="primary" htmlType="submit" loading={confirm.busy}>
            {t('totp.confirm')}
          </Button>
        </Form>
      ) : (
        <>
          {begin.error && <Problem problem={begin.error} />}
          <Button loading={begin.busy} onClick={() => void begin.run()}>
            {t('totp.begin')}
          </Button>
        </>
      )}
    </Section>
  );
}

function TokensSection() {
  const t = useWords(words);
  const k = useKit();
  const load = useLoad('tokens', listTokens);
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState('');
  const withdraw = useAct(async (id: string) => {
    await withdrawToken(id);
    load.reload();
  });
  const items = load.data?.items ?? [];
  return (
    <Section title={t('tokens')} extra={<Button onClick={() => setAdding(true)}>{t('token.new')}</Button>}>
      <p className="muted">{t('tokens.what')}</p>
      {secret && (
        <Alert
          type="success"
          showIcon
          role="status"
          style={{ marginBottom: 12 }}
          closable={{ onClose: () => setSecret(''), 'aria-label': k('close') }}
          title={t('token.once')}
          description={<Copyable text={secret} />}
        />
      )}
      {withdraw.error && <Problem problem={withdraw.error} />}
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={2} />
      ) : items.length === 0 ? (
        <p className="muted tight">{t('tokens.none')}</p>
      ) : (
        <DataTable
          caption={t('tokens')}
          rows={items}
          rowKey={(x: Token) => x.id}
          columns={[
            { id: 'name', title: t('token.name'), cell: (x) => x.name },
            { id: 'scopes', title: t('token.scopes'), cell: (x) => (x.scopes ?? []).map((s) => t.maybe('perm.', s)).join(k('list.join')) },
            { id: 'expires', title: t('token.expires'), numeric: true, cell: (x) => <When at={x.expires_at} /> },
            { id: 'used', title: t('token.used'), numeric: true, cell: (x) => (x.used_at ? <When at={x.used_at} minute /> : t('never')) },
            {
              id: 'acts',
              title: t('acts'),
              cell: (x) => (
                <Button type="link" danger size="small" className="inline" onClick={() => void withdraw.run(x.id)} aria-label={`${t('token.withdraw')} ${x.name}`}>
                  {t('token.withdraw')}
                </Button>
              ),
            },
          ]}
        />
      )}
      <TokenDialog
        open={adding}
        onClose={() => setAdding(false)}
        onIssued={(made) => {
          setSecret(made);
          load.reload();
        }}
      />
    </Section>
  );
}

function TokenDialog({ open, onClose, onIssued }: { open: boolean; onClose: () => void; onIssued: (secret: string) => void }) {
  const t = useWords(words);
  const { session } = useSession();
  const [form] = Form.useForm<{ name: string; scopes: string[]; days: number }>();
  const act = useAct(async (values: { name: string; scopes: string[]; days: number }) => {
    const made = await issueToken(values, submitKey());
    onIssued(made.secret);
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    clear();
  }, [open, form, clear]);
  return (
    <Modal open={open} title={t('token.new')} okText={t('token.issue')} okButtonProps={{ loading: act.busy }} onOk={() => form.submit()} onCancel={onClose} forceRender>
      <Form form={form} layout="vertical" initialValues={{ days: 90, scopes: [] }} onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        <Form.Item name="name" label={t('token.name')} extra={t('token.name.why')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="scopes" label={t('token.scopes')} rules={[{ required: true, message: t('needed') }]}>
          <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={(session?.permissions ?? []).map((p) => ({ value: p, label: t.maybe('perm.', p) }))} />
        </Form.Item>
        <Form.Item name="days" label={t('token.days')}>
          <InputNumber min={1} max={3650} precision={0} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

import { LoginOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Navigate, useSearchParams } from 'react-router';
import { addressOf } from '../../kit/api';
import { FieldErrors } from '../../kit/forms';
import { useAct, useLoad } from '../../kit/load';
import { Problem } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useLang, useWords } from '../../kit/words';
import { getProvider, giveCode, signIn } from './api';
import { Gateway } from './Gateway';
import { words } from './words';

interface Values {
  login: string;
  password: string;
  totp?: string;
  zone?: string;
}

/** A path of this site to go on to; anything else leads to the start page. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/';
}

/** The sign-in: password first, then the second factor where the account has one. */
export default function SignIn() {
  const t = useWords(words);
  const lang = useLang();
  const { session, refresh, error } = useSession();
  const [search] = useSearchParams();
  const [form] = Form.useForm<Values>();
  const outside = search.get('by') === 'oidc'; // the provider has said who it is; our own code is awaited
  const [step, setStep] = useState<'password' | 'totp'>(outside ? 'totp' : 'password');
  const provider = useLoad('provider', getProvider).data;
  const [zones, setZones] = useState(false);
  const code = useRef<InputRef>(null);
  useTitle(t('signin'));
  const act = useAct(async (values: Values) => {
    if (outside && step === 'totp') await giveCode((values.totp ?? '').replaceAll(' ', ''));
    else await signIn({ login: values.login.trim().toLowerCase(), password: values.password, ...(values.totp ? { totp: values.totp.replaceAll(' ', '') } : {}), ...(values.zone ? { zone: values.zone.trim() } : {}) });
    await refresh();
  });
  const refusal = act.error?.code ?? '';
  useEffect(() => {
    if (refusal === 'access.totp_needed') setStep('totp');
    if (refusal.startsWith('access.zone_')) setZones(true);
  }, [refusal]);
  useEffect(() => {
    if (step === 'totp') code.current?.focus();
  }, [step]);
  const refused = search.get('refused');
  const why = t.maybe('refused.', refused ?? ''); // an address may say anything; only our own words are shown
  const next = safeNext(search.get('next'));
  const name = provider ? (lang === 'zh' ? provider.name : provider.name_en) || provider.name : '';
  if (session) return <Navigate to={safeNext(search.get('next'))} replace />;
  return (
    <Gateway title={t('signin')}>
      <div className="stack" aria-live="polite">
        {refused && !act.error && <Alert role="alert" type="error" showIcon title={why === refused ? t('refused.other') : why} />}
        {step === 'password' && provider?.on && (provider.ready ? (
          <>
            <Button href={addressOf('/session/oidc', { next })} block size="large" icon={<LoginOutlined />}>
              {t('oidc.enter', { name })}
            </Button>
            <p className="muted small tight" style={{ textAlign: 'center' }}>{t('oidc.or')}</p>
          </>
        ) : (
          <Alert type="info" showIcon title={t('oidc.away', { name })} />
        ))}
      </div>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void act.run(values)}>
        <div className="stack" aria-live="assertive">
          {error && <Problem problem={error} retry={() => void refresh()} />}
          {act.error && refusal !== 'access.totp_needed' && (refusal === 'access.locked' || act.error.status === 401 ? <Alert role="alert" type={refusal === 'access.locked' ? 'warning' : 'error'} showIcon title={act.error.detail || act.error.title} /> : <FieldErrors form={form} problem={act.error} />)}
          {!act.error && safeNext(search.get('next')) !== '/' && <p className="muted tight">{t('signin.next')}</p>}
        </div>
        {!(outside && step === 'totp') && (
        <div hidden={step !== 'password'}>
          {zones && (
            <Form.Item name="zone" label={t('zone')}>
              <Input autoComplete="organization" />
            </Form.Item>
          )}
          <Form.Item name="login" label={t('login')} rules={[{ required: true, whitespace: true, message: t('login.needed') }]}>
            <Input autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus size="large" />
          </Form.Item>
          <Form.Item name="password" label={t('password')} rules={[{ required: true, message: t('password.needed') }]}>
            <Input.Password autoComplete="current-password" size="large" />
          </Form.Item>
        </div>
        )}
        {step === 'totp' && (
          <Form.Item name="totp" label={t('totp.code')} extra={t('totp.where')} rules={[{ required: true, message: t('totp.needed') }]}>
            <Input ref={code} autoComplete="one-time-code" inputMode="numeric" maxLength={7} size="large" />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" block size="large" loading={act.busy}>
          {t('signin')}
        </Button>
        {step === 'totp' && (
          <Button
            type="link"
            block
            onClick={() => {
              form.resetFields(['totp']);
              act.clear();
              setStep('password');
            }}
          >
            {t('signin.other')}
          </Button>
        )}
      </Form>
      <p className="muted small" style={{ margin: '16px 0 0' }}>
        {t('signin.help')}
      </p>
    </Gateway>
  );
}

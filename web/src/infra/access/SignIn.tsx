import { Alert, Button, Form, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Navigate, useSearchParams } from 'react-router';
import { FieldErrors } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { Problem } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { signIn } from './api';
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
  const { session, refresh, error } = useSession();
  const [search] = useSearchParams();
  const [form] = Form.useForm<Values>();
  const [step, setStep] = useState<'password' | 'totp'>('password');
  const [zones, setZones] = useState(false);
  const code = useRef<InputRef>(null);
  useTitle(t('signin'));
  const act = useAct(async (values: Values) => {
    await signIn({ login: values.login.trim().toLowerCase(), password: values.password, ...(values.totp ? { totp: values.totp.replaceAll(' ', '') } : {}), ...(values.zone ? { zone: values.zone.trim() } : {}) });
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
  if (session) return <Navigate to={safeNext(search.get('next'))} replace />;
  return (
    <Gateway title={t('signin')}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void act.run(values)}>
        <div className="stack" aria-live="assertive">
          {error && <Problem problem={error} retry={() => void refresh()} />}
          {act.error && refusal !== 'access.totp_needed' && (refusal === 'access.locked' || act.error.status === 401 ? <Alert role="alert" type={refusal === 'access.locked' ? 'warning' : 'error'} showIcon title={act.error.detail || act.error.title} /> : <FieldErrors form={form} problem={act.error} />)}
          {!act.error && safeNext(search.get('next')) !== '/' && <p className="muted tight">{t('signin.next')}</p>}
        </div>
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

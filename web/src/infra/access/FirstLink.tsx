import { Alert, Button, Form } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { FieldErrors } from '../../kit/forms';
import { useAct, useLoad } from '../../kit/load';
import { Loading, Problem } from '../../kit/notices';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { consumeLink, linkOwner } from './api';
import { Gateway } from './Gateway';
import { PasswordFields } from './PasswordFields';
import { words } from './words';

/** Where a one-time link leads: the first password, or a new one after a reset. */
export default function FirstLink() {
  const { token = '' } = useParams();
  const t = useWords(words);
  const [form] = Form.useForm<{ password: string }>();
  const [done, setDone] = useState(false);
  const load = useLoad(`link:${token}`, (signal) => linkOwner(token, signal));
  useTitle(t('link'));
  const act = useAct(async (values: { password: string }) => {
    await consumeLink(token, values.password);
    setDone(true);
  });
  return (
    <Gateway title={t('link')}>
      {done ? (
        <Alert
          type="success"
          showIcon
          role="status"
          title={t('link.done')}
          description={
            <Link to="/sign-in" replace>
              {t('link.signin')}
            </Link>
          }
        />
      ) : load.error ? (
        <Problem problem={load.error} />
      ) : !load.data ? (
        <Loading rows={3} />
      ) : (
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void act.run(values)}>
          <div className="stack">
            <p className="tight">{t('link.for', { name: load.data.name, login: load.data.login })}</p>
            <FieldErrors form={form} problem={act.error} />
          </div>
          {/* Lets a password manager store the pair. */}
          <input className="sr-only" value={load.data.login} readOnly autoComplete="username" aria-hidden tabIndex={-1} />
          <PasswordFields name="password" />
          <Button type="primary" htmlType="submit" block loading={act.busy}>
            {t('password.set')}
          </Button>
        </Form>
      )}
    </Gateway>
  );
}

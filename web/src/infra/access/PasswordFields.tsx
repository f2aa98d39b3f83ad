import { Form, Input } from 'antd';
import { useWords } from '../../kit/words';
import { words } from './words';

/** A new password, twice. */
export function PasswordFields({ name }: { name: string }) {
  const t = useWords(words);
  return (
    <>
      <Form.Item name={name} label={t('password.new')} extra={t('password.rule')} rules={[{ required: true, message: t('password.needed') }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t('password.again')}
        dependencies={[name]}
        rules={[
          { required: true, message: t('password.needed') },
          ({ getFieldValue }) => ({ validator: (_, value: string) => (!value || getFieldValue(name) === value ? Promise.resolve() : Promise.reject(new Error(t('password.differ')))) }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  );
}

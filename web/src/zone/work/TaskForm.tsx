import { Button, Drawer, Form, Input, Radio, Select } from 'antd';
import { useEffect, useRef } from 'react';
import { submitKey, submitOnce } from '../../kit/api';
import { DayField } from '../../kit/DayField';
import { FieldErrors } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { useSession } from '../../kit/session';
import { useWords } from '../../kit/words';
import { type Found, giveTask } from './api';
import { useDepartments, useOfficials } from './lookups';
import { SubjectField } from './SubjectField';
import { words } from './words';

interface Values {
  title: string;
  detail?: string;
  subject?: string;
  unit?: string;
  owner?: string;
  due_on: string;
  priority?: string;
}

/** Department and official; what goes to another department is said to be offered. */
export function BearerFields({ optional }: { optional?: boolean }) {
  const t = useWords(words);
  const { session } = useSession();
  const { choices } = useDepartments();
  const form = Form.useFormInstance<Values>();
  const unit = Form.useWatch('unit', form) ?? '';
  const officials = useOfficials(unit);
  const elsewhere = unit !== '' && unit !== session?.account.unit;
  return (
    <>
      <Form.Item name="unit" label={t('field.unit')} extra={elsewhere ? t('unit.offered') : undefined} rules={optional ? [] : [{ required: true, message: t('unit.needed') }]}>
        <Select showSearch={{ optionFilterProp: 'label' }} allowClear options={choices} onChange={() => form.setFieldValue('owner', undefined)} />
      </Form.Item>
      <Form.Item name="owner" label={t('field.owner')} extra={t('owner.why')}>
        <Select showSearch={{ optionFilterProp: 'label' }} allowClear options={officials} />
      </Form.Item>
    </>
  );
}

/** Gives a task; about is what it is about when that is known. */
export default function TaskForm({ open, about, onClose, onSaved }: { open: boolean; about?: Found | undefined; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { session } = useSession();
  const [form] = Form.useForm<Values>();
  const key = useRef(submitKey());
  const act = useAct(async (values: Values) => {
    await submitOnce(key, (once) => giveTask({ ...values, subject: about?.object ?? values.subject ?? '', detail: values.detail ?? '', owner: values.owner ?? '' }, once));
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    form.setFieldsValue({ unit: session?.account.unit ?? '', priority: 'normal' });
    clear();
    // Only when it is opened: what is typed stays.
  }, [open]);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(520px, 100vw)"
      title={t('task.give')}
      mask={{ closable: false }}
      forceRender
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {t('task.give')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name="task" layout="vertical" onFinish={(values) => void act.run(values)} scrollToFirstError={{ focus: true }}>
        <FieldErrors form={form} problem={act.error} />
        <Form.Item name="title" label={t('field.title')} rules={[{ required: true, whitespace: true, message: t('title.needed') }]}>
          <Input maxLength={200} />
        </Form.Item>
        {about ? <p className="muted">{t('about', { name: about.name })}</p> : <SubjectField name="subject" label={t('field.subject')} />}
        <BearerFields />
        <DayField name="due_on" label={t('field.due_on')} needed={t('due.needed')} />
        <Form.Item name="priority" label={t('field.priority')}>
          <Radio.Group options={(['normal', 'urgent'] as const).map((p) => ({ value: p, label: t(`priority.${p}`) }))} />
        </Form.Item>
        <Form.Item name="detail" label={t('field.detail')}>
          <Input.TextArea rows={4} maxLength={8000} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

import { Alert, App, Button, Form, Modal, Select } from 'antd';
import { useId, useState } from 'react';
import { FieldErrors } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { useWords } from '../../kit/words';
import { assignProjects, type Assigned, type Project } from './api';
import { useUnits } from './lookups';
import { OwnerField } from './ProjectForm';
import { words } from './words';

/** What can be done with the chosen rows; each project is decided by itself. */
export function AssignBar({ chosen, onClear, onDone }: { chosen: readonly Project[]; onClear: () => void; onDone: (left: ReadonlySet<string>) => void }) {
  const t = useWords(words);
  const k = useKit();
  const id = useId();
  const { units, nameOf } = useUnits();
  const { message } = App.useApp();
  const [asking, setAsking] = useState<readonly Project[]>();
  const [failed, setFailed] = useState<{ done: number; items: readonly Assigned[] }>();
  const [form] = Form.useForm<{ unit?: string; owner?: string }>();
  const act = useAct(async (values: { unit?: string; owner?: string }) => {
    const items = (asking ?? []).map((p) => ({ id: p.id, version: p.version }));
    const answer = (await assignProjects({ items, ...(values.unit ? { unit: values.unit } : {}), ...(values.owner ? { owner: values.owner } : {}) })).items ?? [];
    const left = answer.filter((a) => !a.done);
    onDone(new Set(left.map((a) => a.id)));
    if (left.length > 0) setFailed({ done: answer.length - left.length, items: left });
    else {
      setAsking(undefined);
      void message.success(t('assign.done', { n: answer.length }));
    }
  });
  const close = () => {
    setAsking(undefined);
    setFailed(undefined);
    act.clear();
  };
  return (
    <>
      {chosen.length > 0 && (
        <div className="bulk" role="region" aria-label={k('select.n', { n: chosen.length })}>
          <span className="strong">{k('select.n', { n: chosen.length })}</span>
          <Button type="primary" onClick={() => setAsking(chosen)}>
            {t('assign')}
          </Button>
          <Button type="text" onClick={onClear}>
            {k('select.none')}
          </Button>
        </div>
      )}
      {asking && (
        <Modal
          open
          title={t('assign.title', { n: asking.length })}
          onCancel={close}
          {...(failed ? { footer: <Button type="primary" onClick={close}>{k('close')}</Button> } : { okText: t('assign'), cancelText: k('cancel'), okButtonProps: { loading: act.busy, htmlType: 'submit' as const, form: id } })}
        >
          {failed ? (
            <Alert
              role="alert"
              type="warning"
              showIcon
              title={t('assign.some', { done: failed.done, failed: failed.items.length })}
              description={
                <ul className="tight">
                  {failed.items.map((a) => (
                    <li key={a.id}>
                      {asking.find((p) => p.id === a.id)?.name ?? a.id}：{a.message}
                    </li>
                  ))}
                </ul>
              }
            />
          ) : (
            <Form form={form} name={id} layout="vertical" requiredMark={false} onFinish={(values) => void act.run(values)}>
              <p>{t('assign.what')}</p>
              <FieldErrors form={form} problem={act.error} />
              <Form.Item name="unit" label={t('field.unit')}>
                <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('assign.keep')} options={units.map((u) => ({ value: u.id, label: nameOf(u.id) }))} />
              </Form.Item>
              <OwnerField keep={t('assign.keep')} />
            </Form>
          )}
        </Modal>
      )}
    </>
  );
}

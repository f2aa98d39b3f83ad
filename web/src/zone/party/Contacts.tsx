import { EyeOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Form, Input, Modal, Popconfirm } from 'antd';
import { useEffect, useState } from 'react';
import { submitKey } from '../../kit/api';
import { FieldErrors, ReasonDialog } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Facts, Masked, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useWords } from '../../kit/words';
import { addContact, amendContact, type Contact, erase, removeContact, type Sheet, unmask } from './api';
import { words } from './words';

const FIELDS = ['name', 'title', 'phone', 'email'] as const;

type Values = Partial<Record<(typeof FIELDS)[number], string>>;

/** How people at an organisation are reached: masked, shown for a reason, changed, removed, erased. */
export default function Contacts({ sheet, etag, onShown, onChanged }: { sheet: Sheet; etag: string; onShown: (sheet: Sheet) => void; onChanged: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const [asking, setAsking] = useState(false);
  const [erasing, setErasing] = useState<Contact>();
  const [editing, setEditing] = useState<Contact | 'new'>();
  const hidden = sheet.hidden ?? [];
  const remove = useAct(async (c: Contact) => {
    await removeContact(sheet.id, c.id, etag);
    onChanged();
  });
  const value = (c: Contact, field: (typeof FIELDS)[number]) => {
    const text = c[field];
    if (!text) return <span className="muted">{k('empty.value')}</span>;
    return hidden.includes(field) ? <Masked value={text} /> : text;
  };
  return (
    <Section
      title={t('contacts')}
      extra={
        <>
          {hidden.length > 0 && (sheet.contacts ?? []).length > 0 && can('party.unmask') && (
            <Button icon={<EyeOutlined />} onClick={() => setAsking(true)}>
              {t('unmask')}
            </Button>
          )}
          {can('party.amend') && (
            <Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>
              {t('contact.add')}
            </Button>
          )}
        </>
      }
    >
      {remove.error && <Problem problem={remove.error} />}
      {(sheet.contacts ?? []).length === 0 ? (
        <p className="muted tight">{t('contacts.none')}</p>
      ) : (
        <ul className="papers">
          {(sheet.contacts ?? []).map((c) => (
            <li key={c.id}>
              {c.erased_at ? (
                <div className="muted">{t('erased')}</div>
              ) : (
                <>
                  <div className="card-line">
                    <span className="strong">{value(c, 'name')}</span>
                    <span>{value(c, 'title')}</span>
                  </div>
                  <Facts items={[[t('field.phone'), value(c, 'phone')], [t('field.email'), value(c, 'email')]]} />
                </>
              )}
              <div className="row">
                {can('party.amend') && !c.erased_at && (
                  <Button type="link" size="small" className="inline" onClick={() => setEditing(c)} aria-label={`${k('edit')} ${c.name}`}>
                    {k('edit')}
                  </Button>
                )}
                {can('party.amend') && (
                  <Popconfirm title={t('contact.remove')} description={<div className="narrow">{t('contact.remove.what')}</div>} okText={t('contact.remove')} cancelText={k('cancel')} onConfirm={() => void remove.run(c)}>
                    <Button type="link" size="small" className="inline" aria-label={`${t('contact.remove')} ${c.name}`}>
                      {t('contact.remove')}
                    </Button>
                  </Popconfirm>
                )}
                {can('party.erase') && !c.erased_at && (
                  <Button type="link" size="small" danger className="inline" onClick={() => setErasing(c)} aria-label={`${t('erase')} ${c.name}`}>
                    {t('erase')}
                  </Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      <ReasonDialog
        open={asking}
        title={t('unmask')}
        intro={t('unmask.what')}
        confirm={t('unmask.do')}
        onCancel={() => setAsking(false)}
        onConfirm={async (reason) => {
          const { data } = await unmask(sheet.id, hidden, reason);
          setAsking(false);
          onShown(data);
        }}
      />
      <ReasonDialog
        open={erasing !== undefined}
        title={t('erase')}
        intro={t('erase.what')}
        confirm={t('erase')}
        danger
        onCancel={() => setErasing(undefined)}
        onConfirm={async (reason) => {
          if (erasing) await erase(sheet.id, erasing.id, reason);
          setErasing(undefined);
          onChanged();
        }}
      />
      <ContactDialog id={sheet.id} etag={etag} contact={editing} hidden={hidden} onClose={() => setEditing(undefined)} onSaved={onChanged} />
    </Section>
  );
}

/** Adds a contact, or changes one: only what was typed is sent, so what is masked stays as it is unless it is typed anew. */
function ContactDialog({ id, etag, contact, hidden, onClose, onSaved }: { id: string; etag: string; contact: Contact | 'new' | undefined; hidden: readonly string[]; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<Values>();
  const old = contact === 'new' ? undefined : contact;
  const before = (field: (typeof FIELDS)[number]) => (old && !hidden.includes(field) ? old[field] : '');
  const act = useAct(async (values: Values) => {
    const typed = Object.fromEntries(FIELDS.filter((f) => (values[f] ?? '').trim() !== before(f)).map((f) => [f, (values[f] ?? '').trim()]));
    if (!old) await addContact(id, typed, submitKey());
    else if (Object.keys(typed).length > 0) await amendContact(id, old.id, typed, etag);
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!contact) return;
    form.setFieldsValue(Object.fromEntries(FIELDS.map((f) => [f, before(f)])));
    clear();
    // Only when it is opened: a reload behind the dialog must not overwrite typing.
  }, [contact]);
  const masked = (field: (typeof FIELDS)[number]) => (old && hidden.includes(field) && old[field] ? { placeholder: t('contact.masked', { value: old[field] }) } : {});
  return (
    <Modal open={contact !== undefined} title={old ? t('contact.edit') : t('contact.add')} okText={k('save')} cancelText={k('cancel')} okButtonProps={{ loading: act.busy }} onOk={() => form.submit()} onCancel={onClose} forceRender>
      <Form form={form} name="contact" layout="vertical" onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <p className="muted tight">{t('contact.why')}</p>
          <FieldErrors form={form} problem={act.error} />
        </div>
        <Form.Item name="name" label={t('field.person')} rules={old && hidden.includes('name') ? [] : [{ required: true, whitespace: true, message: t('person.needed') }]}>
          <Input maxLength={200} autoComplete="off" {...masked('name')} />
        </Form.Item>
        <Form.Item name="title" label={t('field.title')}>
          <Input maxLength={200} {...masked('title')} />
        </Form.Item>
        <Form.Item name="phone" label={t('field.phone')}>
          <Input maxLength={40} inputMode="tel" autoComplete="off" {...masked('phone')} />
        </Form.Item>
        <Form.Item name="email" label={t('field.email')}>
          <Input maxLength={254} inputMode="email" autoComplete="off" {...masked('email')} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

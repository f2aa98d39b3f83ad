import { EditOutlined, EyeOutlined, PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input, Modal } from 'antd';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { submitKey } from '../../kit/api';
import { Money, Text, When } from '../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Facts, Loading, Masked, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { addContact, type Contact, getParty, removeContact, type Sheet, unmask } from './api';
import PartyForm from './PartyForm';
import { words } from './words';

/** One party with its contacts; on its own page, or in a drawer beside the list. */
export function PartySheet({ id, page, onChanged }: { id: string; page?: boolean; onChanged?: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const load = useLoad(`party:${id}`, (signal) => getParty(id, signal));
  const [shown, setShown] = useState<Sheet>();
  const [editing, setEditing] = useState(false);
  useEffect(() => setShown(undefined), [load.data]);
  const sheet = shown ?? load.data?.data;
  if (load.error && !sheet) return <Problem problem={load.error} retry={load.reload} />;
  if (!sheet) return <Loading rows={10} />;
  const etag = load.data?.etag || `"${sheet.version}"`;
  const changed = () => {
    load.reload();
    onChanged?.();
  };
  const edit = can('party.amend') && (
    <Button icon={<EditOutlined />} onClick={() => setEditing(true)}>
      {k('edit')}
    </Button>
  );
  const list = (values: string[] | null) => <Text value={(values ?? []).join(k('list.join'))} />;
  return (
    <>
      {page && <Title name={sheet.name} />}
      {page ? (
        <PageHead title={sheet.name} note={t.maybe('kind.', sheet.kind)} actions={edit} />
      ) : (
        <div className="card-line" style={{ display: 'flex', justifyContent: 'space-between', gap: 12, marginBottom: 12 }}>
          <h2>{sheet.name}</h2>
          {edit}
        </div>
      )}
      {(sheet.warnings ?? []).length > 0 && (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 16 }}
          title={t('doubts', { n: sheet.warnings?.length ?? 0 })}
          description={
            <ul className="tight">
              {(sheet.warnings ?? []).map((w, i) => (
                <li key={i}>{w.message}</li>
              ))}
            </ul>
          }
        />
      )}
      <div className={page ? 'columns' : undefined}>
        <Section title={t('facts')}>
          <Facts
            items={[
              [t('field.kind'), t.maybe('kind.', sheet.kind)],
              sheet.kind === 'person' ? null : [t('field.credit_code'), <span key="c" className="mono">{sheet.credit_code || <Text value="" />}</span>],
              sheet.lei ? [t('field.lei'), <span key="l" className="mono">{sheet.lei}</span>] : null,
              sheet.foreign_reg_no ? [t('field.foreign_reg_no'), sheet.foreign_reg_no] : null,
              [t('field.country'), <Text key="co" value={sheet.country} />],
              [t('field.region'), <Text key="re" value={sheet.region} />],
              [t('field.industry'), <Text key="in" value={sheet.industry} />],
              sheet.kind === 'person' ? null : [t('field.registered_capital'), <Money key="ca" amount={sheet.registered_capital} />],
              sheet.name_en ? [t('field.name_en'), sheet.name_en] : null,
              sheet.short_name ? [t('field.short_name'), sheet.short_name] : null,
              (sheet.former_names ?? []).length > 0 ? [t('field.former_names'), list(sheet.former_names)] : null,
              (sheet.aliases ?? []).length > 0 ? [t('field.aliases'), list(sheet.aliases)] : null,
              sheet.founded ? [t('field.founded'), sheet.founded] : null,
              sheet.address ? [t('field.address'), sheet.address] : null,
              (sheet.business ?? []).length > 0 ? [t('field.business'), list(sheet.business)] : null,
              (sheet.tags ?? []).length > 0 ? [t('field.tags'), list(sheet.tags)] : null,
              sheet.headcount > 0 ? [t('field.headcount'), t('headcount', { n: sheet.headcount })] : null,
              sheet.scale ? [t('field.scale'), sheet.scale] : null,
              sheet.listing ? [t('field.listing'), sheet.listing] : null,
              sheet.funding ? [t('field.funding'), sheet.funding] : null,
              (sheet.sources ?? []).length > 0 ? [t('field.sources'), list(sheet.sources)] : null,
              sheet.origin_author || sheet.origin_on ? [t('field.origin'), [sheet.origin_author, sheet.origin_on].filter(Boolean).join(' · ')] : null,
              sheet.origin_run ? [t('field.origin_run'), <Link key="r" to={`/imports/${sheet.origin_run}`}>{t('see.run')}</Link>] : null,
              [t('updated'), <When key="u" at={sheet.updated_at} minute />],
            ]}
          />
        </Section>
        <div>
          {sheet.kind !== 'person' && <Contacts sheet={sheet} etag={etag} onShown={setShown} onChanged={changed} />}
          {can('pipeline.read') && sheet.kind !== 'person' && (
            <p>
              <Link to={`/projects?investor=${sheet.id}`}>{t('projects.of')}</Link>
            </p>
          )}
        </div>
      </div>
      <PartyForm open={editing} sheet={sheet} etag={etag} onClose={() => setEditing(false)} onSaved={changed} />
    </>
  );
}

function Title({ name }: { name: string }) {
  useTitle(name);
  return null;
}

function Contacts({ sheet, etag, onShown, onChanged }: { sheet: Sheet; etag: string; onShown: (sheet: Sheet) => void; onChanged: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const [asking, setAsking] = useState(false);
  const [adding, setAdding] = useState(false);
  const hidden = sheet.hidden ?? [];
  const remove = useAct(async (c: Contact) => {
    await removeContact(sheet.id, c.id, etag);
    onChanged();
  });
  const value = (c: Contact, field: 'name' | 'title' | 'phone' | 'email') => {
    if (c.erased_at) return <span className="muted">{t('erased')}</span>;
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
            <Button icon={<PlusOutlined />} onClick={() => setAdding(true)}>
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
              <div className="card-line">
                <span className="strong">{value(c, 'name')}</span>
                <span>{value(c, 'title')}</span>
              </div>
              <Facts items={[[t('field.phone'), value(c, 'phone')], [t('field.email'), value(c, 'email')]]} />
              {can('party.amend') && !c.erased_at && (
                <Button type="link" size="small" danger className="inline" loading={remove.busy} onClick={() => void remove.run(c)} aria-label={`${t('contact.remove')} ${c.name}`}>
                  {t('contact.remove')}
                </Button>
              )}
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
      <ContactDialog id={sheet.id} open={adding} onClose={() => setAdding(false)} onSaved={onChanged} />
    </Section>
  );
}

function ContactDialog({ id, open, onClose, onSaved }: { id: string; open: boolean; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<{ name: string; title?: string; phone?: string; email?: string }>();
  const act = useAct(async (values: object) => {
    await addContact(id, Object.fromEntries(Object.entries(values).filter(([, v]) => v)), submitKey());
    onSaved();
    onClose();
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    clear();
  }, [open, form, clear]);
  return (
    <Modal open={open} title={t('contact.add')} okText={k('save')} okButtonProps={{ loading: act.busy }} onOk={() => form.submit()} onCancel={onClose} forceRender>
      <Form form={form} layout="vertical" onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <p className="muted tight">{t('contact.why')}</p>
          <FieldErrors form={form} problem={act.error} />
        </div>
        <Form.Item name="name" label={t('field.person')} rules={[{ required: true, whitespace: true, message: t('name.needed') }]}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
        <Form.Item name="title" label={t('field.title')}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="phone" label={t('field.phone')}>
          <Input maxLength={40} inputMode="tel" autoComplete="off" />
        </Form.Item>
        <Form.Item name="email" label={t('field.email')}>
          <Input maxLength={254} inputMode="email" autoComplete="off" />
        </Form.Item>
      </Form>
    </Modal>
  );
}

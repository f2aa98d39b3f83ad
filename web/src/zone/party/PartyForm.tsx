import { Button, Drawer, Form, Input, Radio, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { ProblemError, submitKey } from '../../kit/api';
import { FieldErrors, StaleDialog } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { useWords } from '../../kit/words';
import { amendParty, getParty, KINDS, registerParty, type Sheet } from './api';
import { words } from './words';

const TEXTS = ['name', 'name_en', 'short_name', 'credit_code', 'lei', 'foreign_reg_no', 'country', 'industry', 'region', 'founded', 'address'] as const;
const LISTS = ['former_names', 'aliases', 'business', 'tags'] as const;
const FOR_PERSON: readonly string[] = ['name', 'country', 'industry', 'region'];

type Values = Record<(typeof TEXTS)[number], string> & Record<(typeof LISTS)[number], string[]> & { kind: string };

function valuesOf(sheet: Sheet | undefined): Values {
  const texts = Object.fromEntries(TEXTS.map((n) => [n, sheet?.[n] ?? '']));
  const lists = Object.fromEntries(LISTS.map((n) => [n, sheet?.[n] ?? []]));
  return { ...texts, ...lists, kind: sheet?.kind ?? 'enterprise' } as Values;
}

function changesOf(values: Values, before: Values): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => name !== 'kind' && JSON.stringify(value) !== JSON.stringify(before[name as keyof Values])));
}

/** Registers a party, or amends one. */
export default function PartyForm({ open, sheet, etag = '', onClose, onSaved }: { open: boolean; sheet?: Sheet; etag?: string; onClose: () => void; onSaved: (saved: Sheet) => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<Values>();
  const [newer, setNewer] = useState<{ data: Sheet; etag: string }>();
  const base = useRef(valuesOf(sheet));
  const kind = Form.useWatch('kind', form) as string | undefined;
  const act = useAct(async (version: string) => {
    const values = { ...valuesOf(undefined), ...form.getFieldsValue(true) } as Values;
    if (!sheet) {
      const filled = Object.fromEntries(Object.entries(values).filter(([, v]) => (Array.isArray(v) ? v.length > 0 : Boolean(v))));
      const { data } = await registerParty(filled, submitKey());
      onClose();
      return onSaved(data);
    }
    const changes = changesOf(values, base.current);
    if (Object.keys(changes).length === 0) return onClose();
    try {
      const { data } = await amendParty(sheet.id, changes, version);
      setNewer(undefined);
      onClose();
      onSaved(data);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 412) throw error;
      setNewer(await getParty(sheet.id));
    }
  });
  const { clear } = act;
  useEffect(() => {
    if (!open) return;
    base.current = valuesOf(sheet);
    form.setFieldsValue(base.current);
    clear();
    // Only when it is opened: a reload behind the drawer must not overwrite typing.
  }, [open]);
  const mine = newer ? ({ ...valuesOf(undefined), ...form.getFieldsValue(true) } as Values) : undefined;
  const theirs = newer ? valuesOf(newer.data) : undefined;
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const conflicts = mine && theirs ? ([...TEXTS, ...LISTS] as const).filter((n) => !same(mine[n], base.current[n]) && !same(theirs[n], base.current[n]) && !same(mine[n], theirs[n])).map((n) => ({ label: t(`field.${n}`), theirs: String(theirs[n]), mine: String(mine[n]) })) : [];
  const shown = (name: string) => kind !== 'person' || FOR_PERSON.includes(name);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(560px, 100vw)"
      title={sheet ? t('edit') : t('new')}
      forceRender
      mask={{ closable: false }}
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => void form.validateFields().then(() => act.run(etag), () => undefined)}>
            {k('save')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name="party" layout="vertical" onFinish={() => void act.run(etag)}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        {!sheet && (
          <Form.Item name="kind" label={t('field.kind')}>
            <Radio.Group options={KINDS.map((v) => ({ value: v, label: t(`kind.${v}`) }))} />
          </Form.Item>
        )}
        {kind === 'person' && <p className="muted">{t('person.why')}</p>}
        {TEXTS.filter(shown).map((name) => (
          <Form.Item key={name} name={name} label={t(`field.${name}`)} {...(name === 'credit_code' ? { extra: t('credit_code.why') } : name === 'country' ? { extra: t('country.why') } : {})} rules={name === 'name' ? [{ required: true, whitespace: true, message: t('name.needed') }] : []}>
            <Input maxLength={name === 'address' ? 500 : 200} />
          </Form.Item>
        ))}
        {LISTS.filter(shown).map((name) => (
          <Form.Item key={name} name={name} label={t(`field.${name}`)}>
            <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={['、', '；', ';']} />
          </Form.Item>
        ))}
      </Form>
      <StaleDialog
        open={newer !== undefined}
        fields={conflicts}
        onCancel={() => setNewer(undefined)}
        onReload={() => {
          if (newer) {
            base.current = valuesOf(newer.data);
            form.setFieldsValue(base.current);
            onSaved(newer.data);
          }
          setNewer(undefined);
        }}
        onAgain={() => newer && void act.run(newer.etag)}
      />
    </Drawer>
  );
}

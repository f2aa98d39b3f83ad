import { Button, Checkbox, Drawer, Form, Input, Select, TreeSelect } from 'antd';
import { useEffect, useRef } from 'react';
import { get, submitKey, submitOnce } from '../../kit/api';
import { FieldErrors } from '../../kit/forms';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import type { Page } from '../../kit/types';
import { useLang, useWords } from '../../kit/words';
import { addChannel, type Channel, changeChannel, KINDS, type Topic } from './api';
import { words } from './words';

interface Values {
  kind: Channel['kind'];
  name: string;
  url?: string;
  secret?: string;
  unit?: string;
  topics: string[];
  offered: boolean;
  lang: 'zh' | 'en';
}

interface Unit {
  id: string;
  parent: string;
  name_zh: string;
  name_en: string;
}

/** Sets up a channel, or changes one; the address and secret of one that is there stay unless they are typed anew. */
export function ChannelDrawer({ channel, topics, onClose, onSaved }: { channel: Channel | 'new' | undefined; topics: readonly Topic[]; onClose: () => void; onSaved: (secret: string) => void }) {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const [form] = Form.useForm<Values>();
  const key = useRef(submitKey());
  const old = channel === 'new' ? undefined : channel;
  const kind = Form.useWatch('kind', form);
  const units = useLoad(channel ? 'units' : null, (signal) => get<Page<Unit>>('/units', undefined, signal)).data?.items ?? [];
  const known = new Set(units.map((u) => u.id));
  const act = useAct(async (v: Values) => {
    const body = { ...v, unit: v.unit ?? '', url: v.url || undefined, secret: v.secret || undefined };
    if (old) {
      const { kind: _kind, ...rest } = body;
      await changeChannel(old, rest);
      onSaved('');
    } else {
      onSaved((await submitOnce(key, (submit) => addChannel(body, submit))).secret);
    }
  });
  const { clear } = act;
  useEffect(() => {
    form.resetFields(); // on closing too: where it leads does not stay in the page
    if (!channel) return;
    if (old) form.setFieldsValue({ kind: old.kind, name: old.name, topics: old.topics ?? [], offered: old.offered, lang: old.lang === 'en' ? 'en' : 'zh', ...(old.unit ? { unit: old.unit } : {}) });
    clear();
  }, [channel, old, form, clear]);
  return (
    <Drawer
      open={channel !== undefined}
      onClose={onClose}
      size="min(560px, 100vw)"
      title={old ? t('channel.edit', { name: old.name }) : t('channel.add')}
      forceRender
      extra={
        <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
          {k('save')}
        </Button>
      }
    >
      <Form form={form} layout="vertical" initialValues={{ kind: 'wecom', topics: [], offered: false, lang: 'zh' }} onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        <Form.Item name="kind" label={t('channel.kind')}>
          <Select disabled={old !== undefined} options={KINDS.map((x) => ({ value: x, label: t(`kind.${x}`) }))} />
        </Form.Item>
        <Form.Item name="name" label={t('channel.name')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input maxLength={40} />
        </Form.Item>
        <Form.Item name="url" label={t('channel.url')} extra={old ? t('channel.url.kept', { host: old.host }) : t('channel.url.what')} rules={old ? [] : [{ required: true, whitespace: true, message: t('needed') }]}>
          <Input inputMode="url" autoComplete="off" maxLength={2000} />
        </Form.Item>
        {kind !== 'wecom' && (
          <Form.Item name="secret" label={t('channel.secret')} extra={old ? t('channel.secret.kept') : kind === 'webhook' ? t('channel.secret.webhook') : t('channel.secret.robot')}>
            <Input.Password autoComplete="new-password" maxLength={200} />
          </Form.Item>
        )}
        <Form.Item name="unit" label={t('channel.unit')} extra={t('channel.unit.what')}>
          <TreeSelect allowClear treeDataSimpleMode treeDefaultExpandAll treeData={units.map((u) => ({ id: u.id, pId: known.has(u.parent) ? u.parent : 0, value: u.id, title: lang === 'zh' ? u.name_zh : u.name_en || u.name_zh }))} />
        </Form.Item>
        <Form.Item name="topics" label={t('channel.topics')} extra={t('channel.topics.what')}>
          <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={topics.map((x) => ({ value: x.id, label: x.name }))} />
        </Form.Item>
        <Form.Item name="offered" valuePropName="checked">
          <Checkbox>{t('channel.offered')}</Checkbox>
        </Form.Item>
        <Form.Item name="lang" label={t('channel.lang')}>
          <Select
            options={[
              { value: 'zh', label: '中文' },
              { value: 'en', label: 'English' },
            ]}
          />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

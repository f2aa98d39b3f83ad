import { DownloadOutlined, InboxOutlined, PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Drawer, Form, Input, Select, Upload } from 'antd';
import { useEffect, useState } from 'react';
import { download, submitKey } from '../../kit/api';
import { DayField } from '../../kit/DayField';
import { useDownload } from '../../kit/Download';
import { Day, sizeText, When } from '../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../kit/forms';
import { type Load, useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Copyable, Loading, Problem, SecrecyNotice, Section } from '../../kit/notices';
import { toHex } from '../../kit/proof';
import type { Page } from '../../kit/types';
import { useLang, useWords } from '../../kit/words';
import { attachEvidence, type Definition, type Evidence, evidencePath, withdrawEvidence } from './api';
import { useStageName } from './tracks';
import { words } from './words';

const CLASSES = ['public', 'internal', 'secret_trade', 'personal', 'restricted'] as const;

/** The kinds of evidence the gates ask for, as read. */
export function useEvidenceKinds(definition: Definition | undefined): { value: string; label: string; stage: string; class: string }[] {
  const t = useWords(words);
  const lang = useLang();
  const kinds = new Map<string, { value: string; label: string; stage: string; class: string }>();
  for (const row of [...(definition?.gates ?? []), ...(definition?.papers ?? [])]) {
    if (row.kind === 'evidence' && !kinds.has(row.id)) kinds.set(row.id, { value: row.id, label: lang === 'zh' ? row.zh : row.en, stage: row.stage, class: row.class ?? 'internal' });
  }
  return [...kinds.values(), { value: 'other', label: t('evidence.other'), stage: '', class: 'internal' }];
}

/** The documents of a project; may says whether they can be added to and withdrawn. */
export function EvidenceSection({ project, load, definition, onAdd, onChanged, may }: { project: string; load: Load<Page<Evidence>>; definition: Definition | undefined; onAdd: () => void; onChanged: () => void; may: boolean }) {
  const t = useWords(words);
  const kinds = useEvidenceKinds(definition);
  const [withdrawing, setWithdrawing] = useState<Evidence>();
  const [reading, setReading] = useState<Evidence>();
  const file = useDownload();
  const items = load.data?.items ?? [];
  const kindName = (id: string) => kinds.find((k) => k.value === id)?.label ?? id;
  return (
    <Section
      id="evidence"
      title={t('evidence.title', { n: items.filter((e) => !e.withdrawn_at).length })}
      extra={
        may && (
          <Button icon={<PlusOutlined />} onClick={onAdd}>
            {t('evidence.add')}
          </Button>
        )
      }
    >
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={3} />
      ) : items.length === 0 ? (
        <p className="muted">{t('evidence.none')}</p>
      ) : (
        <ul className="papers">
          {items.map((e) => (
            <li key={e.id} data-withdrawn={e.withdrawn_at > 0 || undefined}>
              <div className="card-line">
                <span className="strong">{e.title || kindName(e.kind)}</span>
                <Day on={e.on} />
              </div>
              <div className="muted small">
                {kindName(e.kind)} · {t.maybe('class.', e.class)} · {e.by_name || e.by} · <When at={e.recorded_at} minute />
              </div>
              {e.note && <div className="small">{e.note}</div>}
              <div className="row small">
                {e.file && (
                  <Button type="link" size="small" className="inline" icon={<DownloadOutlined aria-hidden />} onClick={() => (e.class === 'personal' || e.class === 'restricted' ? setReading(e) : void file.run(evidencePath(project, e.id)))}>
                    {e.file_name || t('evidence.file')} ({sizeText(e.size)})
                  </Button>
                )}
                {e.sha256 && (
                  <span className="muted">
                    SHA-256 <Copyable text={e.sha256} shown={e.sha256.slice(0, 12) + '…'} />
                  </span>
                )}
                <span className="spring" />
                {!e.withdrawn_at && may && (
                  <Button type="link" size="small" className="inline" onClick={() => setWithdrawing(e)} aria-label={`${t('evidence.withdraw')} ${e.title || kindName(e.kind)}`}>
                    {t('evidence.withdraw')}
                  </Button>
                )}
              </div>
              {e.withdrawn_at > 0 && <div className="small bad">{t('evidence.withdrawn', { reason: e.withdrawn_why })}</div>}
            </li>
          ))}
        </ul>
      )}
      <ReasonDialog
        open={reading !== undefined}
        title={t('evidence.download')}
        intro={t('evidence.reason.what')}
        confirm={t('evidence.download')}
        onCancel={() => setReading(undefined)}
        onConfirm={async (reason) => {
          if (reading) await download(evidencePath(project, reading.id), { reason });
          setReading(undefined);
        }}
      />
      <ReasonDialog
        open={withdrawing !== undefined}
        title={t('evidence.withdraw')}
        intro={t('evidence.withdraw.what')}
        confirm={t('evidence.withdraw')}
        danger
        onCancel={() => setWithdrawing(undefined)}
        onConfirm={async (reason) => {
          if (withdrawing) await withdrawEvidence(project, withdrawing.id, reason);
          setWithdrawing(undefined);
          onChanged();
        }}
      />
    </Section>
  );
}

interface Values {
  kind: string;
  title?: string;
  on?: string;
  class: string;
  note?: string;
}

/** Submits one document: the file is hashed here and the server's hash is compared with it. */
export function EvidenceDrawer({ project, track, kind, open, definition, onClose, onSaved }: { project: string; track: string; kind: string; open: boolean; definition: Definition | undefined; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const kinds = useEvidenceKinds(definition);
  const stageName = useStageName();
  const [form] = Form.useForm<Values>();
  const [file, setFile] = useState<File>();
  const [hash, setHash] = useState('');
  const [mismatch, setMismatch] = useState(false);
  const [lacking, setLacking] = useState(false);
  const choose = async (chosen: File) => {
    setFile(chosen);
    setLacking(false);
    clear();
    setHash('');
    setHash(toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', await chosen.arrayBuffer()))));
  };
  const act = useAct(async (values: Values) => {
    if (!file) return setLacking(true);
    const body = new FormData();
    for (const [name, value] of Object.entries(values)) if (value) body.append(name, String(value));
    body.append('file', file);
    const { data } = await attachEvidence(project, body, submitKey());
    if (data?.sha256 && data.sha256 !== hash) {
      setMismatch(true);
      return;
    }
    onSaved();
    onClose();
  });
  const { clear } = act;
  const wrong = lacking ? t('evidence.file.needed') : act.error?.errors.find((e) => e.field === 'file')?.message;
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    setFile(undefined);
    setHash('');
    setMismatch(false);
    setLacking(false);
    clear();
    if (kind) form.setFieldsValue({ kind, class: kinds.find((o) => o.value === kind)?.class ?? 'internal' });
  }, [open, kind, definition]);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(560px, 100vw)"
      title={t('evidence.add')}
      mask={{ closable: false }}
      forceRender
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {t('evidence.submit')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name="paper" layout="vertical" initialValues={{ class: 'internal' }} onFinish={(values) => void act.run(values)} onFinishFailed={() => setLacking(!file)} scrollToFirstError={{ focus: true }}>
        <div className="stack">
          <SecrecyNotice />
          <FieldErrors form={form} problem={act.error} />
          {mismatch && <Alert type="error" showIcon role="alert" title={t('evidence.mismatch')} />}
        </div>
        <Form.Item label={t('evidence.file')} required extra={t('evidence.limits')} {...(wrong ? { validateStatus: 'error' as const, help: wrong } : {})}>
          <Upload.Dragger maxCount={1} fileList={[]} beforeUpload={(chosen) => { void choose(chosen); return false; }}>
            <p className="tight">
              <InboxOutlined aria-hidden style={{ fontSize: 28 }} />
            </p>
            <p className="tight">{t('evidence.drop')}</p>
          </Upload.Dragger>
          {file && (
            <div aria-live="polite" style={{ marginTop: 8 }}>
              <div>
                {file.name} ({sizeText(file.size)})
              </div>
              <div className="mono muted">SHA-256 {hash || '…'}</div>
            </div>
          )}
        </Form.Item>
        <Form.Item name="kind" label={t('evidence.kind')} rules={[{ required: true, message: t('evidence.kind.needed') }]}>
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            options={kinds.map((o) => ({ value: o.value, label: o.stage ? `${stageName(o.stage, track)} · ${o.label}` : o.label }))}
            onChange={(value: string) => form.setFieldValue('class', kinds.find((o) => o.value === value)?.class ?? 'internal')}
          />
        </Form.Item>
        <DayField name="on" label={t('evidence.on')} extra={t('evidence.on.why')} needed={t('day.needed')} />
        <Form.Item name="class" label={t('evidence.class')} extra={t('evidence.class.why')}>
          <Select options={CLASSES.map((c) => ({ value: c, label: t(`class.${c}`) }))} />
        </Form.Item>
        <Form.Item name="title" label={t('evidence.name')}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="note" label={t('milestone.note')}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

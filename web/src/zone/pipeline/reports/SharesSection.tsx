import { EditOutlined } from '@ant-design/icons';
import { Button, Drawer, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { get } from '../../../kit/api';
import { When } from '../../../kit/figures';
import { FieldErrors } from '../../../kit/forms';
import { useAct, useLoad } from '../../../kit/load';
import { useKit } from '../../../kit/locale';
import { Loading, Problem, Section } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import type { Page } from '../../../kit/types';
import { useWords } from '../../../kit/words';
import { getShares, PARTS, type Shares, setShares } from './api';
import { words } from './words';

const COLOURS = ['var(--blue)', 'var(--green)', 'var(--amber)', 'var(--purple)', 'var(--grey)', 'var(--red)'];

/** Basis points as a percentage: 12.5%. */
export function percent(points: number): string {
  return `${points / 100}%`;
}

/** Who has which part in the credit for a project. It follows nobody who moves on. */
export function SharesSection({ project, round, onChanged }: { project: string; round: number; onChanged: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const load = useLoad(`shares:${project}?${round}`, (signal) => getShares(project, signal));
  const [editing, setEditing] = useState(false);
  const s = load.data?.data;
  const rows = s?.rows ?? [];
  return (
    <Section
      id="shares"
      title={t('shares')}
      extra={
        s &&
        !s.frozen &&
        can('pipeline.share') && (
          <Button icon={<EditOutlined />} onClick={() => setEditing(true)}>
            {k('edit')}
          </Button>
        )
      }
    >
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !s ? (
        <Loading rows={2} />
      ) : (
        <>
          {rows.length === 0 ? (
            <p className="muted tight">{t('shares.none')}</p>
          ) : (
            <>
              <div aria-hidden style={{ display: 'flex', height: 12, borderRadius: 6, overflow: 'hidden', background: 'var(--line)' }}>
                {rows.map((r, i) => (
                  <span key={`${r.account}/${r.part}`} style={{ width: percent(r.basis_points), background: COLOURS[i % COLOURS.length] }} />
                ))}
              </div>
              <ul className="papers">
                {rows.map((r, i) => (
                  <li key={`${r.account}/${r.part}`}>
                    <div className="card-line">
                      <span>
                        <span aria-hidden style={{ display: 'inline-block', width: 10, height: 10, borderRadius: 2, marginInlineEnd: 8, background: COLOURS[i % COLOURS.length] }} />
                        <span className="strong">{r.account_name}</span> <span className="muted">{t(`part.${r.part}`)}</span>
                        {r.gone && <span className="muted small"> {t('shares.gone')}</span>}
                      </span>
                      <span className="figure">{percent(r.basis_points)}</span>
                    </div>
                    {r.unit_name && <div className="muted small">{r.unit_name}</div>}
                  </li>
                ))}
              </ul>
            </>
          )}
          <p className="muted small tight">{s.frozen ? t('shares.frozen') : t('shares.what')}</p>
          {s.reason && (
            <p className="muted small tight">
              {t('shares.last', { by: s.set_by_name, reason: s.reason })} <When at={s.set_at} />
            </p>
          )}
        </>
      )}
      {editing && s && load.data && (
        <SharesDrawer
          project={project}
          shares={s}
          etag={load.data.etag}
          onClose={() => setEditing(false)}
          onSaved={() => {
            setEditing(false);
            load.reload();
            onChanged();
          }}
        />
      )}
    </Section>
  );
}

interface Row {
  account: string;
  part: (typeof PARTS)[number];
  percent: number;
}

/** Replaces the shares; the sum stands beside them while they are typed. */
function SharesDrawer({ project, shares, etag, onClose, onSaved }: { project: string; shares: Shares; etag: string; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<{ rows: Row[]; reason: string }>();
  const typed = (Form.useWatch('rows', form) as (Partial<Row> | undefined)[] | undefined) ?? [];
  const sum = typed.reduce((n, r) => n + Math.round((r?.percent ?? 0) * 100), 0);
  const officials = useLoad('officials', (signal) => get<Page<{ name: string; account: string; position: string }>>('/officials', { limit: 200 }, signal)).data?.items ?? [];
  const people = new Map((shares.rows ?? []).map((r) => [r.account, r.account_name]));
  officials.filter((o) => o.account).forEach((o) => people.set(o.account, [o.name, o.position].filter(Boolean).join(' ')));
  const options = [...people].map(([value, label]) => ({ value, label }));
  const began = (i: number) => typed[i]?.part === 'began' && (shares.rows ?? []).some((r) => r.part === 'began' && r.account === typed[i]?.account);
  const act = useAct(async (values: { rows: Row[]; reason: string }) => {
    await setShares(project, { rows: values.rows.map((r) => ({ account: r.account, part: r.part, basis_points: Math.round(r.percent * 100) })), reason: values.reason }, etag);
    onSaved();
  });
  return (
    <Drawer
      open
      onClose={onClose}
      size="min(640px, 100vw)"
      title={t('shares.edit')}
      mask={{ closable: false }}
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {k('save')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
          <span role="status" className={sum === 10000 ? 'ok' : 'warn'}>
            {sum === 10000 ? t('sum.right') : sum < 10000 ? t('sum.under', { sum: percent(sum), rest: percent(10000 - sum) }) : t('sum.over', { sum: percent(sum), rest: percent(sum - 10000) })}
          </span>
        </div>
      }
    >
      <Form
        form={form}
        name="shares"
        layout="vertical"
        initialValues={{ rows: (shares.rows ?? []).map((r) => ({ account: r.account, part: r.part, percent: r.basis_points / 100 })) }}
        onFinish={(values) => void act.run(values)}
        scrollToFirstError={{ focus: true }}
      >
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        <p className="muted">{t('shares.rule', { least: percent(shares.rule.keep?.find((r) => r.part === 'began')?.basis_points ?? 0) })}</p>
        <Form.List name="rows">
          {(fields, { add, remove }) => (
            <>
              {fields.map((f, i) => (
                <fieldset key={f.key} className="bare">
                  <legend className="sr-only">{t('shares.row', { n: i + 1 })}</legend>
                  <Form.Item name={[f.name, 'account']} label={t('shares.who')} rules={[{ required: true, message: t('shares.who.needed') }]}>
                    <Select showSearch={{ optionFilterProp: 'label' }} disabled={began(i)} options={options} />
                  </Form.Item>
                  <div className="row">
                    <Form.Item name={[f.name, 'part']} label={t('shares.part')} rules={[{ required: true }]} style={{ minWidth: 160 }}>
                      <Select disabled={began(i)} options={PARTS.map((p) => ({ value: p, label: t(`part.${p}`) }))} />
                    </Form.Item>
                    <Form.Item name={[f.name, 'percent']} label={t('shares.percent')} rules={[{ required: true, message: t('shares.percent.needed') }]}>
                      <InputNumber min={0} max={100} precision={2} step={5} suffix="%" style={{ width: 120 }} />
                    </Form.Item>
                    {!began(i) && (
                      <Button type="link" className="inline" onClick={() => remove(f.name)} aria-label={`${t('shares.remove')} ${people.get(typed[i]?.account ?? '') ?? ''}`}>
                        {t('shares.remove')}
                      </Button>
                    )}
                  </div>
                </fieldset>
              ))}
              <Button onClick={() => add({ part: 'lead', percent: Math.max(0, 10000 - sum) / 100 })}>{t('shares.add')}</Button>
            </>
          )}
        </Form.List>
        <Form.Item name="reason" label={k('reason')} extra={k('reason.hint')} rules={[{ required: true, whitespace: true, message: k('reason.needed') }]} style={{ marginTop: 16 }}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

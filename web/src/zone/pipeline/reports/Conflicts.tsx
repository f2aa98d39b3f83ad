import { Button, Drawer, Form, Input, Radio, Select } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { DataTable } from '../../../kit/DataTable';
import { Day, Text, When } from '../../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../../kit/forms';
import { ListPage, useFilters } from '../../../kit/ListPage';
import { useAct, useLoad } from '../../../kit/load';
import { useKit } from '../../../kit/locale';
import { Empty, Facts } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import { useWords } from '../../../kit/words';
import { type Conflict, confirmSameFirm, decideConflict, listConflicts, listReports, type Report } from './api';
import { numberOf, ReportTag } from './ReportTag';
import { words } from './words';

const SPEC = { view: 'text', state: 'text' } as const;

/** The conflicts one may decide or watch over. */
export default function Conflicts({ switcher }: { switcher: ReactNode }) {
  const t = useWords(words);
  const { can } = useSession();
  const list = useFilters(SPEC);
  const f = list.filters;
  const [confirming, setConfirming] = useState(false);
  const query = { state: f.state, cursor: list.cursor, limit: 50 };
  const load = useLoad(`/conflicts?${JSON.stringify(query)}`, (signal) => listConflicts(query, signal));
  const opened = (load.data?.items ?? []).find((c) => c.id === list.open);
  return (
    <>
      <ListPage
        title={t('view.conflicts')}
        actions={can('pipeline.arbitrate') && <Button onClick={() => setConfirming(true)}>{t('same')}</Button>}
        filters={
          <>
            {switcher}
            <Select allowClear aria-label={t('field.status')} placeholder={t('field.status')} value={f.state || undefined} onChange={(state?: string) => list.change({ state: state ?? '' })} options={(['open', 'decided'] as const).map((v) => ({ value: v, label: t(`conflict.${v}`) }))} />
          </>
        }
        words={f.state ? [t.maybe('conflict.', f.state)] : []}
        onClear={() => list.change({ state: '' })}
        load={load}
        empty={<Empty title={t('conflicts.empty')}>{t('conflicts.empty.what')}</Empty>}
      >
        {(rows) => (
          <DataTable
            caption={t('view.conflicts')}
            rows={rows}
            rowKey={(c) => c.id}
            onOpen={(c) => list.setOpen(c.id)}
            opened={list.open}
            columns={[
              {
                id: 'firm',
                title: t('field.firm_name'),
                cell: (c) => (
                  <Button type="link" className="inline" onClick={() => list.setOpen(c.id)}>
                    {c.first.firm_name || t('person')}
                  </Button>
                ),
              },
              { id: 'state', title: t('field.status'), cell: (c) => <StateTag conflict={c} /> },
              { id: 'due', title: t('field.due_on'), cell: (c) => <Due conflict={c} /> },
              { id: 'sides', title: t('conflict.sides'), cell: (c) => `${c.first.unit_name} / ${c.second.unit_name}` },
              { id: 'ground', title: t('claim.ground'), cell: (c) => t(`ground.${c.ground}`) },
              { id: 'unit', title: t('conflict.unit'), cell: (c) => c.unit_name || t('conflict.leaders') },
            ]}
            card={(c) => (
              <>
                <div className="card-line">
                  <span className="strong">{c.first.firm_name || t('person')}</span>
                  <StateTag conflict={c} />
                </div>
                <div className="card-line muted small">
                  <span>{`${c.first.unit_name} / ${c.second.unit_name}`}</span>
                  <Due conflict={c} />
                </div>
              </>
            )}
          />
        )}
      </ListPage>
      <Drawer open={opened !== undefined} onClose={() => list.setOpen('')} size="min(760px, 100vw)" title={t('conflict.title')} destroyOnHidden>
        {opened && (
          <Decide
            conflict={opened}
            onDone={() => {
              list.setOpen('');
              load.reload();
            }}
          />
        )}
      </Drawer>
      <SameFirm open={confirming} onClose={() => setConfirming(false)} onDone={load.reload} />
    </>
  );
}

function StateTag({ conflict: c }: { conflict: Conflict }) {
  const t = useWords(words);
  const tone = c.state === 'decided' ? 'green' : c.overdue ? 'red' : 'purple';
  return (
    <span className="tag" data-tone={tone}>
      {c.overdue ? t('conflict.overdue') : t(`conflict.${c.state}`)}
    </span>
  );
}

/** The day by which it is decided, in working days; provisional ones are never late. */
function Due({ conflict: c }: { conflict: Conflict }) {
  const t = useWords(words);
  if (c.state === 'decided') return <When at={c.decided_at} />;
  return (
    <span title={c.due_on}>
      {c.days_left < 0 ? t('due.over', { n: -c.days_left }) : t('due.left', { n: c.days_left })}
      {c.due_provisional && <span className="muted"> {t('due.provisional')}</span>}
    </span>
  );
}

/** Both sides field by field, and the decision. */
function Decide({ conflict: c, onDone }: { conflict: Conflict; onDone: () => void }) {
  const t = useWords(words);
  const { can } = useSession();
  const [form] = Form.useForm<{ winner: string; reason: string }>();
  const act = useAct(async (values: object) => {
    await decideConflict(c.id, values);
    onDone();
  });
  const rows: [string, (r: Report) => ReactNode][] = [
    [t('field.unit'), (r) => <Text value={r.unit_name} />],
    [t('field.owner'), (r) => <Text value={r.owner_name || r.by_name} />],
    [t('field.firm_name'), (r) => <Text value={r.firm_name} />],
    [t('field.number'), (r) => <Text value={numberOf(r)} />],
    [t('field.reported_on'), (r) => <When at={r.reported_at} minute />],
    [t('field.complete_at'), (r) => <When at={r.complete_at} minute />],
    [t('field.source'), (r) => <Text value={r.source} />],
    [t('field.intent'), (r) => <Text value={r.intent} />],
    [t('field.project'), (r) => <Text value={r.project_name} />],
    [t('field.protected_until'), (r) => <Day on={r.protected_until} />],
    [t('field.talk_on'), (r) => <Day on={r.talk_on} />],
    [t('field.status'), (r) => <ReportTag status={r.status} />],
  ];
  return (
    <>
      <p className="row">
        <StateTag conflict={c} /> <Due conflict={c} />
      </p>
      <Facts items={[[t('claim.ground'), t(`ground.${c.ground}`)], c.since_on ? [t('claim.since_on'), <Day key="d" on={c.since_on} />] : null, [t('claim.reason'), c.claim], [t('conflict.unit'), c.unit_name || t('conflict.leaders')]]} />
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t('conflict.sides')}>
        <table className="plain">
          <caption className="sr-only">{t('conflict.sides')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('field')}</th>
              <th scope="col">{t('side.first')}</th>
              <th scope="col">{t('side.second')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([label, cell]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{cell(c.first)}</td>
                <td>{cell(c.second)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {c.state === 'decided' && <Facts items={[[t('conflict.winner'), c.winner === c.first.id ? t('side.first') : c.winner ? t('side.second') : t('conflict.nobody')], [t('reason'), c.reason], [t('conflict.by'), c.by_name]]} />}
      {c.state === 'open' && can('pipeline.arbitrate') && (
        <Form form={form} name="decide" layout="vertical" onFinish={(v) => void act.run(v)} style={{ marginTop: 16 }}>
          <div className="stack">
            <FieldErrors form={form} problem={act.error} />
          </div>
          <Form.Item name="winner" label={t('conflict.winner')} rules={[{ required: true, message: t('conflict.winner.needed') }]}>
            <Radio.Group options={[{ value: c.first.id, label: `${t('side.first')} · ${c.first.unit_name}` }, { value: c.second.id, label: `${t('side.second')} · ${c.second.unit_name}` }]} />
          </Form.Item>
          <Form.Item name="reason" label={t('reason')} extra={t('decide.reason')} rules={[{ required: true, min: 5, message: t('decide.reason.needed') }]}>
            <Input.TextArea rows={3} maxLength={500} />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={act.busy}>
            {t('decide')}
          </Button>
        </Form>
      )}
    </>
  );
}

/** Confirms that two reports are of one firm. */
function SameFirm({ open, onClose, onDone }: { open: boolean; onClose: () => void; onDone: () => void }) {
  const t = useWords(words);
  return (
    <ReasonDialog
      open={open}
      title={t('same')}
      intro={t('same.what')}
      confirm={t('same.do')}
      extra={
        <>
          <ReportChoice name="first" label={t('same.one')} />
          <ReportChoice name="second" label={t('same.other')} />
        </>
      }
      onCancel={onClose}
      onConfirm={async (reason, values) => {
        await confirmSameFirm({ first: values['first'], second: values['second'], reason });
        onClose();
        onDone();
      }}
    />
  );
}

function ReportChoice({ name, label }: { name: string; label: string }) {
  const t = useWords(words);
  const k = useKit();
  const [q, setQ] = useState('');
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(q.trim()), 250);
    return () => clearTimeout(timer);
  }, [q]);
  const found = useLoad(`/reports?choice=${asked}`, (signal) => listReports({ q: asked, limit: 20 }, signal)).data?.items ?? [];
  return (
    <Form.Item name={name} label={label} rules={[{ required: true, message: t('same.needed') }]}>
      <Select showSearch={{ filterOption: false, onSearch: setQ }} options={found.map((r) => ({ value: r.id, label: [r.firm_name || t('person'), numberOf(r), r.unit_name].filter(Boolean).join(k('list.join')) }))} />
    </Form.Item>
  );
}

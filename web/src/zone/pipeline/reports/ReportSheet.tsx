import { Alert, Button, Form, Input } from 'antd';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { DayField } from '../../../kit/DayField';
import { Day, Text, When } from '../../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../../kit/forms';
import { useAct, useLoad } from '../../../kit/load';
import { useKit } from '../../../kit/locale';
import { Facts, Loading, Masked, Problem, Section } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import { useWords } from '../../../kit/words';
import { amendReport, extendReport, getReport, releaseReport, type Report } from './api';
import { numberOf, ReportTag, Until } from './ReportTag';
import { words } from './words';

/** One report: what it says, until when it protects, and what can be done with it. */
export function ReportSheet({ id, onChanged }: { id: string; onChanged: () => void }) {
  const t = useWords(words);
  const { can } = useSession();
  const load = useLoad(`report:${id}`, (signal) => getReport(id, signal));
  const [doing, setDoing] = useState<'extend' | 'release' | 'amend'>();
  const done = () => {
    setDoing(undefined);
    load.reload();
    onChanged();
  };
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  const r = load.data?.data;
  if (!r || !load.data) return <Loading rows={8} />;
  const live = r.status === 'active' || r.status === 'extended';
  const pending = live || r.status === 'contested';
  return (
    <>
      <h2 className="tight">{r.firm_name || t('person')}</h2>
      <p className="row">
        <ReportTag status={r.status} /> <Until report={r} />
      </p>
      <Dispute report={r} />
      {!r.complete && pending && <Alert type="warning" showIcon title={t('incomplete', { fields: r.missing?.map((m) => t.maybe('field.', m === 'identity' ? 'number' : m)).join(t('join')) ?? '' })} />}
      {can('pipeline.report') && pending && !doing && (
        <p className="row">
          {live && r.extensible && (
            <Button type="primary" onClick={() => setDoing('extend')}>
              {t('extend')}
            </Button>
          )}
          {!r.complete && <Button onClick={() => setDoing('amend')}>{t('amend')}</Button>}
          <Button onClick={() => setDoing('release')}>{t('release')}</Button>
        </p>
      )}
      {doing === 'extend' && <ExtendForm report={r} onClose={() => setDoing(undefined)} onDone={done} />}
      {doing === 'amend' && <AmendForm report={r} etag={load.data.etag} onClose={() => setDoing(undefined)} onDone={done} />}
      <Facts
        items={[
          [t('field.number'), numberOf(r) ? <span key="n" className="mono">{numberOf(r)}</span> : <Text key="n" value="" />],
          [t('field.project'), r.project_name ? <Link key="p" to={`/projects/${r.project}`}>{r.project_name}</Link> : <Text key="p" value="" />],
          [t('field.source'), <Text key="s" value={r.source} />],
          [t('field.intent'), <Text key="i" value={r.intent} />],
          [t('field.unit'), <Text key="u" value={r.unit_name} />],
          [t('field.owner'), <Text key="o" value={r.owner_name || r.by_name} />],
          [t('field.reported_on'), <When key="r" at={r.reported_at} minute />],
          r.reason ? [t('reason'), r.reason] : null,
        ]}
      />
      {r.extended_at > 0 && <Talk report={r} />}
      <ReasonDialog
        open={doing === 'release'}
        title={t('release')}
        intro={t('release.what')}
        confirm={t('release')}
        danger
        onCancel={() => setDoing(undefined)}
        onConfirm={async (reason) => {
          await releaseReport(r.id, reason);
          done();
        }}
      />
    </>
  );
}

/** The talk an extension rests on. */
function Talk({ report: r }: { report: Report }) {
  const t = useWords(words);
  const said = (name: string, value: string) => ((r.hidden ?? []).includes(name) ? <Masked key={name} value={value} /> : <Text key={name} value={value} />);
  return (
    <Section title={t('talk')}>
      <Facts
        items={[
          [t('field.talk_on'), <Day key="on" on={r.talk_on} />],
          [t('field.minutes'), said('talk_minutes', r.talk_minutes)],
          [t('field.firm_people'), said('talk_firm_people', r.talk_firm_people)],
          [t('field.zone_people'), said('talk_zone_people', r.talk_zone_people)],
        ]}
      />
    </Section>
  );
}

/** The conflict a report is a side of, without the other side. */
function Dispute({ report: r }: { report: Report }) {
  const t = useWords(words);
  const d = r.dispute;
  if (!d) return null;
  if (d.state === 'open') return <Alert type="info" showIcon title={t('dispute.open', { due: d.due_on })} description={t('dispute.what')} />;
  return <Alert type={d.won ? 'success' : 'warning'} showIcon title={d.won ? t('dispute.won', { by: d.decided_by }) : t('dispute.lost', { by: d.decided_by })} description={d.reason} />;
}

function ExtendForm({ report, onClose, onDone }: { report: Report; onClose: () => void; onDone: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm();
  const act = useAct(async (values: object) => {
    await extendReport(report.id, values);
    onDone();
  });
  return (
    <Section title={t('extend')}>
      <p className="muted">{t('extend.what')}</p>
      <Form form={form} name="extend" layout="vertical" onFinish={(v) => void act.run(v as object)} scrollToFirstError={{ focus: true }}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        <DayField name="talk_on" label={t('field.talk_on')} needed={t('talk_on.needed')} />
        <Form.Item name="minutes" label={t('field.minutes')} rules={[{ required: true, whitespace: true, message: t('minutes.needed') }]}>
          <Input.TextArea rows={4} maxLength={8000} />
        </Form.Item>
        <Form.Item name="firm_people" label={t('field.firm_people')} rules={[{ required: true, whitespace: true, message: t('people.needed') }]}>
          <Input maxLength={300} />
        </Form.Item>
        <Form.Item name="zone_people" label={t('field.zone_people')} rules={[{ required: true, whitespace: true, message: t('people.needed') }]}>
          <Input maxLength={300} />
        </Form.Item>
        <div className="actions">
          <Button type="primary" htmlType="submit" loading={act.busy}>
            {t('extend')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      </Form>
    </Section>
  );
}

function AmendForm({ report, etag, onClose, onDone }: { report: Report; etag: string; onClose: () => void; onDone: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<{ credit_code?: string; source?: string; intent?: string }>();
  const known = numberOf(report) !== '' || report.party !== '';
  useEffect(() => form.setFieldsValue({ source: report.source, intent: report.intent }), [form, report]);
  const act = useAct(async (values: object) => {
    await amendReport(report.id, values, etag);
    onDone();
  });
  return (
    <Section title={t('amend')}>
      <Form form={form} name="amend" layout="vertical" onFinish={(v) => void act.run(v)}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        {!known && (
          <Form.Item name="credit_code" label={t('field.credit_code')}>
            <Input maxLength={18} />
          </Form.Item>
        )}
        <Form.Item name="source" label={t('field.source')}>
          <Input maxLength={300} />
        </Form.Item>
        <Form.Item name="intent" label={t('field.intent')}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} />
        </Form.Item>
        <div className="actions">
          <Button type="primary" htmlType="submit" loading={act.busy}>
            {k('save')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      </Form>
    </Section>
  );
}

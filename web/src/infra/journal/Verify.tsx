import { CheckCircleFilled, CloseCircleFilled, DownloadOutlined } from '@ant-design/icons';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useDownload } from '../../kit/Download';
import { When } from '../../kit/figures';
import { PageHead } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { Copyable, Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { type Finding, getHead, type Report, verifyNow } from './api';
import { words } from './words';

/** The signed head of the log, and the whole record checked on demand. */
export default function Verify() {
  const t = useWords(words);
  const { can } = useSession();
  const head = useLoad('checkpoint', getHead);
  const [report, setReport] = useState<Report>();
  const file = useDownload();
  const act = useAct(async () => setReport(await verifyNow()));
  useTitle(t('verify.title'));
  return (
    <>
      <PageHead title={t('verify.title')} />
      <Section title={t('proof.checkpoint')}>
        {head.error ? (
          <Problem problem={head.error} retry={head.reload} />
        ) : head.data ? (
          <>
            <pre className="code" tabIndex={0}>{head.data.note}</pre>
            <Facts
              items={[
                [t('verify.size'), <span key="n" className="figure">{head.data.size}</span>],
                [t('verify.signed'), <When key="w" at={head.data.at} minute />],
                [t('verify.window'), t('verify.window.what', { seconds: head.data.window_ms / 1000 })],
                ...(head.data.keys ?? []).map((key) => [t('proof.key'), <Copyable key={key} text={key} />] as const),
              ]}
            />
            <p className="muted small">{t('verify.keep')}</p>
          </>
        ) : (
          <Loading rows={4} />
        )}
      </Section>
      {can('journal.read') && (
        <Section
          title={t('verify.bundle')}
          extra={
            <Button icon={<DownloadOutlined />} loading={file.busy} onClick={() => void file.run('/journal/bundle')}>
              {t('verify.bundle')}
            </Button>
          }
        >
          <p>{t('verify.bundle.what')}</p>
        </Section>
      )}
      {can('journal.verify') && (
        <Section
          title={t('verify.all')}
          extra={
            <Button type="primary" loading={act.busy} onClick={() => void act.run()}>
              {t('verify.now')}
            </Button>
          }
        >
          <p>{t('verify.what')}</p>
          <div aria-live="polite">
            {act.busy && <p className="muted">{t('verify.running')}</p>}
            {act.error && <Problem problem={act.error} />}
            {report && <ReportView report={report} />}
          </div>
        </Section>
      )}
    </>
  );
}

function ReportView({ report }: { report: Report }) {
  const t = useWords(words);
  const good = report.total_findings === 0;
  const figure = (n: number) => <span className="figure">{n.toLocaleString('en-US')}</span>;
  return (
    <div data-testid="report">
      <Alert
        type={good ? 'success' : 'error'}
        showIcon
        icon={good ? <CheckCircleFilled /> : <CloseCircleFilled />}
        title={good ? t('report.good') : t('report.bad', { n: report.total_findings })}
        style={{ marginBottom: 12 }}
      />
      <Facts
        items={[
          [t('report.at'), <When key="w" at={report.at} minute />],
          [t('report.entries'), figure(report.entries)],
          [t('report.rows'), figure(report.rows)],
          [t('report.checkpoints'), figure(report.checkpoints)],
          [t('report.outside'), figure(report.outside)],
          [t('report.waiting'), figure(report.waiting)],
          [t('report.erased'), figure(report.erased)],
          [t('report.root'), <span key="r" className="mono">{report.root}</span>],
          [t('report.took'), t('report.ms', { n: report.took_ms })],
        ]}
      />
      {!good && (
        <table className="plain">
          <caption>{t('report.findings')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('report.kind')}</th>
              <th scope="col">{t('report.facts')}</th>
            </tr>
          </thead>
          <tbody>
            {(report.findings ?? []).map((f, i) => (
              <tr key={i}>
                <th scope="row">{t.maybe('finding.', f.kind)}</th>
                <td className="mono">{facts(f)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function facts(finding: Finding): string {
  return Object.entries(finding)
    .filter(([name, value]) => name !== 'kind' && value !== '' && value !== null)
    .map(([name, value]) => (name === 'message' ? String(value) : `${name}: ${String(value)}`))
    .join(' · ');
}

import { Link } from 'react-router';
import { Day } from '../../../kit/figures';
import { useLoad } from '../../../kit/load';
import { Loading, Problem, Section } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import { useWords } from '../../../kit/words';
import { checkFirm, listReports, type Report } from './api';
import { newestFirst } from './protection';
import { ReportTag, Until } from './ReportTag';
import { words } from './words';

/** How many reports stand on a project's page; the list holds the others. */
const FEW = 4;

/** Who reported the project's firm first and until when that protects it; of a rival's report only that there is one. */
export function ProtectionSection({ project, investor, round }: { project: string; investor: string; round: number }) {
  const t = useWords(words);
  const { can } = useSession();
  const load = useLoad(`protection:${project}:${investor}?${round}`, async (signal) => {
    const [own, firm, state] = await Promise.all([
      listReports({ project, limit: FEW }, signal),
      investor ? listReports({ party: investor, limit: FEW }, signal) : undefined,
      investor && can('pipeline.report') ? checkFirm({ party: investor }, signal) : undefined,
    ]);
    return { reports: newestFirst([...(own.items ?? []), ...(firm?.items ?? [])]), state };
  });
  const reports = load.data?.reports ?? [];
  const state = load.data?.state;
  const elsewhere = state?.state === 'protected' || state?.state === 'contested' ? state : undefined;
  return (
    <Section id="protection" title={t('title')} extra={<Link to="/reports">{t('protection.all')}</Link>}>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={2} />
      ) : (
        <>
          {elsewhere && <p className="warn tight">{t(`check.${elsewhere.state}`, { until: elsewhere.until })}</p>}
          {reports.length === 0 && !elsewhere && <p className="muted tight">{t('protection.none')}</p>}
          {reports.length > 0 && (
            <ul className="papers">
              {reports.slice(0, FEW).map((r) => (
                <Line key={r.id} report={r} />
              ))}
            </ul>
          )}
        </>
      )}
    </Section>
  );
}

function Line({ report: r }: { report: Report }) {
  const t = useWords(words);
  return (
    <li>
      <div className="card-line">
        <Link to={`/reports?open=${r.id}`} className="strong">
          {t('protection.by', { unit: r.unit_name || r.owner_name || r.by_name })}
        </Link>
        <ReportTag status={r.status} />
      </div>
      <div className="small">
        <span className="muted">{t('field.protected_until')}</span> <Until report={r} />
      </div>
      <div className="muted small">
        {t('field.reported_on')} <Day on={r.reported_on} /> {r.owner_name && ` · ${r.owner_name}`}
      </div>
      {r.dispute?.state === 'open' && (
        <div className="small warn">
          {t('dispute.open', { due: r.dispute.due_on })}
          {r.dispute.due_provisional && t('due.provisional')}
        </div>
      )}
    </li>
  );
}

import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { Link, useSearchParams } from 'react-router';
import { DataTable } from '../../kit/DataTable';
import { When } from '../../kit/figures';
import { ListPage } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { Empty } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useWords } from '../../kit/words';
import { listRuns, type Run } from './api';
import { StateTag } from './StateTag';
import { words } from './words';

/** The list of import runs. */
export default function Imports() {
  const t = useWords(words);
  const { can } = useSession();
  const [search] = useSearchParams();
  const query = { cursor: search.get('cursor') ?? '', limit: 50 };
  const load = useLoad(`/intake/runs?${JSON.stringify(query)}`, (signal) => listRuns(query, signal));
  const begin = can('intake.run') && (
    <Link to="/imports/new">
      <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
        {t('new')}
      </Button>
    </Link>
  );
  return (
    <ListPage
      title={t('title')}
      actions={begin}
      load={load}
      empty={
        <Empty title={t('empty')} action={begin}>
          {t('empty.what')}
        </Empty>
      }
    >
      {(rows: readonly Run[]) => (
        <DataTable
          caption={t('title')}
          rows={rows}
          rowKey={(r) => r.id}
          columns={[
            { id: 'file', title: t('file'), cell: (r) => <Link to={`/imports/${r.id}`}>{r.file_name}</Link> },
            { id: 'kind', title: t('kind'), cell: (r) => r.kind_label },
            { id: 'state', title: t('state'), cell: (r) => <StateTag state={r.state} /> },
            { id: 'new', title: t('count.new'), numeric: true, cell: (r) => r.counts.new },
            { id: 'changed', title: t('count.changed'), numeric: true, cell: (r) => r.counts.changed },
            { id: 'rejected', title: t('count.rejected'), numeric: true, cell: (r) => (r.counts.rejected > 0 ? <span className="bad">{r.counts.rejected}</span> : 0) },
            { id: 'by', title: t('by'), cell: (r) => r.owner_name },
            { id: 'started', title: t('started'), numeric: true, cell: (r) => <When at={r.started_at} minute /> },
          ]}
          card={(r) => (
            <>
              <div className="card-line">
                <Link className="strong" to={`/imports/${r.id}`}>
                  {r.file_name}
                </Link>
                <StateTag state={r.state} />
              </div>
              <div className="card-line muted small">
                <span>{t('counts.short', { new: r.counts.new, changed: r.counts.changed, rejected: r.counts.rejected })}</span>
                <When at={r.started_at} />
              </div>
            </>
          )}
        />
      )}
    </ListPage>
  );
}

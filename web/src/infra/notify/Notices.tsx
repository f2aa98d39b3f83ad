import { Button, Segmented } from 'antd';
import { Link } from 'react-router';
import { ListPage, useFilters } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { Empty, Problem } from '../../kit/notices';
import { useWords } from '../../kit/words';
import { listNotices, markRead } from './api';
import { NoticeList } from './NoticeList';
import { useNews } from './unread';
import { words } from './words';

const SPEC = { unread: 'flag' } as const;

/** Everything the reader was told. */
export default function Notices() {
  const t = useWords(words);
  const list = useFilters(SPEC);
  const query = { unread: list.filters.unread, cursor: list.cursor, limit: 50 };
  const load = useLoad(`/notices?${JSON.stringify(query)}`, (signal) => listNotices(query, signal));
  const read = useAct(async (body: { ids?: string[]; up_to?: string }) => {
    await markRead(body);
    load.reload();
  });
  useNews((n) => {
    if (load.data && load.data.unread !== n) load.reload();
  });
  const first = load.data?.items?.[0];
  const unread = load.data?.unread ?? 0;
  return (
    <>
      {read.error && <Problem problem={read.error} />}
      <ListPage
        title={t('notices')}
        actions={
          <>
            <Link to="/notices/preferences">{t('settings')}</Link>
            {unread > 0 && first && !list.cursor && (
              <Button loading={read.busy} onClick={() => void read.run({ up_to: first.id })}>
                {t('read.all')}
              </Button>
            )}
          </>
        }
        filters={
          <Segmented
            aria-label={t('show')}
            value={list.filters.unread ? 'unread' : 'all'}
            onChange={(v) => list.change({ unread: v === 'unread' })}
            options={[
              { value: 'all', label: t('show.all') },
              { value: 'unread', label: t('show.unread', { n: unread }) },
            ]}
          />
        }
        words={list.filters.unread ? [t('show.only')] : []}
        onClear={list.clear}
        load={load}
        empty={<Empty title={t('none')}>{t('none.what')}</Empty>}
      >
        {(rows) => <NoticeList items={rows} onFollow={(n) => void (n.read_at === 0 && read.run({ ids: [n.id] }))} />}
      </ListPage>
    </>
  );
}

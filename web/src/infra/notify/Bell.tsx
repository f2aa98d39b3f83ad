import { BellOutlined } from '@ant-design/icons';
import { Badge, Button, Drawer } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { useAct, useLoad } from '../../kit/load';
import { Loading, Problem } from '../../kit/notices';
import { useWords } from '../../kit/words';
import { listNotices, markRead } from './api';
import { NoticeList } from './NoticeList';
import { useUnread } from './unread';
import { words } from './words';

/** The bell of the top bar: how many notices are unread, live, and the latest of them. */
export default function Bell() {
  const t = useWords(words);
  const { unread = 0, setUnread } = useUnread();
  const [open, setOpen] = useState(false);
  const before = useRef<number>(undefined);
  const [told, setTold] = useState('');
  useEffect(() => {
    if (before.current !== undefined && unread > before.current) setTold(t('unread.new', { n: unread }));
    before.current = unread;
  }, [unread, t]);
  return (
    <>
      <Badge count={unread} size="small" offset={[-8, 8]} overflowCount={99} title="">
        <Button type="text" icon={<BellOutlined />} aria-label={unread > 0 ? t('bell.unread', { n: unread }) : t('bell')} aria-haspopup="dialog" onClick={() => setOpen(true)} />
      </Badge>
      <span className="sr-only" role="status">
        {told}
      </span>
      <Drawer open={open} onClose={() => setOpen(false)} size="min(420px, 100vw)" title={t('notices')} destroyOnHidden extra={<Link to="/notices/preferences" onClick={() => setOpen(false)}>{t('settings')}</Link>}>
        {open && <Latest unread={unread} setUnread={setUnread} onLeave={() => setOpen(false)} />}
      </Drawer>
    </>
  );
}

function Latest({ unread, setUnread, onLeave }: { unread: number; setUnread: (n: number) => void; onLeave: () => void }) {
  const t = useWords(words);
  const load = useLoad(`notices:latest?${unread}`, (signal) => listNotices({ limit: 20 }, signal));
  const items = load.data?.items ?? [];
  const read = useAct(async (body: { ids?: string[]; up_to?: string }) => setUnread((await markRead(body)).unread));
  return (
    <>
      <div className="stack">
        {read.error && <Problem problem={read.error} />}
        <div className="actions">
          <Link to="/notices" onClick={onLeave}>
            {t('all')}
          </Link>
          <span className="spring" />
          {unread > 0 && items[0] && (
            <Button size="small" loading={read.busy} onClick={() => void read.run({ up_to: items[0]?.id ?? '' })}>
              {t('read.all')}
            </Button>
          )}
        </div>
      </div>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={6} />
      ) : items.length === 0 ? (
        <p className="muted">{t('none')}</p>
      ) : (
        <NoticeList
          items={items}
          onFollow={(n) => {
            if (n.read_at === 0) void read.run({ ids: [n.id] });
            onLeave();
          }}
        />
      )}
    </>
  );
}

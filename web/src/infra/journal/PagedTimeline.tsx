import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useAct, useLoad } from '../../kit/load';
import { Loading, Problem } from '../../kit/notices';
import type { Page } from '../../kit/types';
import { useWords } from '../../kit/words';
import type { Entry } from './api';
import { Timeline } from './Timeline';
import { words } from './words';

/** A timeline that comes page by page: the newest acts first, earlier ones when asked for. name changes when it is to be read anew. */
export function PagedTimeline({ name, read, tell }: { name: string; read: (cursor: string, signal: AbortSignal) => Promise<Page<Entry>>; tell?: (entry: Entry) => string }) {
  const t = useWords(words);
  const load = useLoad(name, (signal) => read('', signal));
  const [older, setOlder] = useState<{ items: Entry[]; next: string | undefined }>();
  useEffect(() => setOlder(undefined), [load.data]);
  const next = older ? older.next : load.data?.next_cursor;
  const more = useAct(async () => {
    const page = await read(next ?? '', new AbortController().signal);
    setOlder((o) => ({ items: [...(o?.items ?? []), ...(page.items ?? [])], next: page.next_cursor }));
  });
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading rows={3} />;
  return (
    <>
      <Timeline entries={[...(load.data.items ?? []), ...(older?.items ?? [])]} {...(tell ? { tell } : {})} />
      {more.error && <Problem problem={more.error} />}
      {next && (
        <Button onClick={() => void more.run()} loading={more.busy}>
          {t('timeline.older')}
        </Button>
      )}
    </>
  );
}

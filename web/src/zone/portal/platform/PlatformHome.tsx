import { useState } from 'react';
import { useParams } from 'react-router';
import { useLoad } from '../../../kit/load';
import { Loading, Problem } from '../../../kit/notices';
import { useTitle } from '../../../kit/title';
import { useLang, useWords } from '../../../kit/words';
import { getPlatform, nameOf, type PlatformDetail } from '../../platform/api';
import { About, Contracts, type Doing, History, PlatformHead, useManages } from '../../platform/PlatformParts';
import { Activities, Projects, Stalled } from './Blocks';
import { Results } from './Results';
import { Strip } from './Strip';
import { words } from './words';

/** The home page of one platform: what it is for, who runs it, what is owed, what moves and what is stuck. */
export default function PlatformHome() {
  const { id = '' } = useParams();
  const t = useWords(words);
  const lang = useLang();
  const load = useLoad(`platform:${id}`, (signal) => getPlatform(id, signal));
  const p = load.data?.data;
  useTitle(p ? nameOf(p, lang) : t('title'));
  if (load.error && !p) return <Problem problem={load.error} retry={load.reload} />;
  if (!p || !load.data) return <Loading rows={12} />;
  return <Home platform={p} etag={load.data.etag || `"${p.version}"`} onChanged={load.reload} />;
}

function Home({ platform: p, etag, onChanged }: { platform: PlatformDetail; etag: string; onChanged: () => void }) {
  const [doing, setDoing] = useState<Doing>('');
  const [round, setRound] = useState(0);
  const manage = useManages(p);
  const changed = () => {
    onChanged();
    setRound((r) => r + 1);
  };
  return (
    <>
      <PlatformHead platform={p} etag={etag} doing={doing} onDo={setDoing} onChanged={changed} />
      <div className="columns">
        <div>
          <Strip platform={p} />
          <Stalled platform={p.id} />
          <Contracts platform={p.id} round={round} onNew={manage ? () => setDoing('contract') : undefined} />
          <Projects platform={p} />
          <Activities platform={p.id} />
        </div>
        <div>
          <Results platform={p} />
          <About platform={p} />
          <History id={p.id} round={round} />
        </div>
      </div>
    </>
  );
}

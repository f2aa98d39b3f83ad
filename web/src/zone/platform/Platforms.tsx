import { BookOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { Day } from '../../kit/figures';
import { PageHead } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { Empty, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useLang, useWords } from '../../kit/words';
import { getMine, listPlatforms, type MineTask, nameOf, type Platform } from './api';
import { AdoptDrawer, PlatformDrawer } from './PlatformForm';
import { TaskTag } from './states';
import { words } from './words';

/** The zone's platforms as cards, and the contract tasks that wait for the reader. projects tells of a platform's projects, which this context does not know. */
export default function Platforms({ projects }: { projects: (platform: string) => ReactNode }) {
  const t = useWords(words);
  const { can } = useSession();
  const [retired, setRetired] = useState(false);
  const [drawer, setDrawer] = useState<'adopt' | 'new' | ''>('');
  const load = useLoad(`platforms?${retired}`, (signal) => listPlatforms(retired, signal));
  const mine = useLoad('platforms-mine', getMine);
  useTitle(t('title'));
  const items = load.data?.items ?? [];
  const manage = can('platform.manage');
  const adopt = (
    <Button type="primary" icon={<BookOutlined />} onClick={() => setDrawer('adopt')}>
      {t('adopt')}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t('title')}
        actions={
          <>
            <Button type="text" aria-pressed={retired} onClick={() => setRetired(!retired)}>
              {t(retired ? 'retired.hide' : 'retired.show')}
            </Button>
            {manage && (
              <Button icon={<PlusOutlined />} onClick={() => setDrawer('new')}>
                {t('new')}
              </Button>
            )}
            {manage && items.length > 0 && adopt}
          </>
        }
      >
        {load.data && <span className="muted">{t('count', { n: items.length })}</span>}
      </PageHead>
      <MineSection title={t('mine.submit')} tasks={mine.data?.to_submit ?? []} />
      <MineSection title={t('mine.accept')} tasks={mine.data?.to_accept ?? []} />
      <MineSection title={t('mine.late')} tasks={mine.data?.late ?? []} />
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={8} />
      ) : items.length === 0 ? (
        <Empty title={t('empty')} action={manage ? adopt : undefined}>
          {t(manage ? 'empty.what' : 'empty.wait')}
        </Empty>
      ) : (
        <ul className="platform-cards">
          {items.map((p) => (
            <Card key={p.id} platform={p} projects={projects(p.id)} />
          ))}
        </ul>
      )}
      <AdoptDrawer open={drawer === 'adopt'} onClose={() => setDrawer('')} onSaved={load.reload} />
      <PlatformDrawer open={drawer === 'new'} onClose={() => setDrawer('')} onSaved={load.reload} />
    </>
  );
}

/** Contract tasks that wait for the reader; nothing when there are none. */
function MineSection({ title, tasks }: { title: string; tasks: readonly MineTask[] }) {
  const t = useWords(words);
  if (tasks.length === 0) return null;
  return (
    <Section title={`${title} (${tasks.length})`}>
      <ul className="papers">
        {tasks.slice(0, 10).map((task) => (
          <li key={task.id}>
            <div className="card-line">
              <Link to={`/contracts/${task.contract}#${task.id}`}>{task.title}</Link>
              <TaskTag task={task} />
            </div>
            <div className="muted small">
              {t('due')} <Day on={task.due_on} />
              {task.reason && ` · ${t('objection', { reason: task.reason })}`}
            </div>
          </li>
        ))}
      </ul>
      {tasks.length > 10 && <p className="muted small tight">{t('mine.more', { n: tasks.length - 10 })}</p>}
    </Section>
  );
}

function Card({ platform: p, projects }: { platform: Platform; projects: ReactNode }) {
  const t = useWords(words);
  const lang = useLang();
  return (
    <li className="section">
      <div className="card-line">
        <h2>
          <Link to={`/platforms/${p.id}`}>{nameOf(p, lang)}</Link>
        </h2>
        {p.until_on && <span className="tag">{t('ended', { day: p.until_on })}</span>}
      </div>
      <p className="tight">
        <span className="muted">{t('mission')}</span> {lang === 'en' ? p.mission_en || p.mission_zh : p.mission_zh}
      </p>
      <p className="tight small">
        <span className="muted">{t('operator')}</span> {p.operator_name || t('operator.none')} · <span className="muted">{t('unit')}</span> {p.unit_name}
      </p>
      <p className="row small tight figure">
        {projects}
        {p.tasks_waiting > 0 && <span>{t('card.waiting', { n: p.tasks_waiting })}</span>}
        {p.tasks_owed > 0 && <span>{t('card.owed', { n: p.tasks_owed })}</span>}
        {p.tasks_late > 0 && <span className="bad">{t('card.late', { n: p.tasks_late })}</span>}
        {p.tasks_accepted > 0 && <span>{t('card.accepted', { n: p.tasks_accepted })}</span>}
      </p>
    </li>
  );
}

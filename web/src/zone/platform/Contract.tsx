import { DownOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { Link, useLocation, useParams } from 'react-router';
import { Timeline } from '../../infra/journal/Timeline';
import { ActionMenu } from '../../kit/ActionMenu';
import { Day, Text } from '../../kit/figures';
import { PageHead } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { DeadEnd, Empty, Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { contractTimeline, getContract, type Task } from './api';
import { CloseDrawer, ContractDrawer, TaskDrawer } from './PlatformForm';
import { StateTag } from './states';
import { TaskItem } from './TaskItem';
import { words } from './words';

/** One contract with an operator: its tasks, what was handed in for them and what came of it. */
export default function Contract() {
  const { id = '' } = useParams();
  const t = useWords(words);
  const { can } = useSession();
  const { hash } = useLocation();
  const [doing, setDoing] = useState<'' | 'edit' | 'close' | 'task'>('');
  const [task, setTask] = useState<Task>();
  const [round, setRound] = useState(0);
  const load = useLoad(`contract:${id}`, (signal) => getContract(id, signal));
  const c = load.data?.data;
  useTitle(c?.title ?? t('contract'));
  const there = c !== undefined;
  useEffect(() => {
    if (there && hash) document.getElementById(hash.slice(1))?.scrollIntoView({ block: 'start' });
  }, [there, hash]);
  if (load.error && !c) return <DeadEnd problem={load.error} retry={load.reload} back={t('back')} to="/platforms" />;
  if (!c || !load.data) return <Loading rows={12} />;
  const etag = load.data.etag || `"${c.version}"`;
  const manage = can('platform.manage') && c.state !== 'closed';
  const changed = () => {
    load.reload();
    setRound((r) => r + 1);
  };
  const drawer = { onClose: () => setDoing(''), onSaved: changed };
  const startTask = (of?: Task) => {
    setTask(of);
    setDoing('task');
  };
  const tasks = c.tasks ?? [];
  return (
    <>
      <div className="strip">
        <PageHead
          title={c.title}
          actions={
            manage && (
              <>
                <Button type="primary" icon={<PlusOutlined />} onClick={() => startTask()}>
                  {t('task.new')}
                </Button>
                <ActionMenu items={[{ key: 'edit', label: t('contract.edit') }, { key: 'close', label: t('contract.close'), danger: true }]} onChoose={(key) => setDoing(key as 'edit' | 'close')}>
                  <Button icon={<DownOutlined />}>{t('more')}</Button>
                </ActionMenu>
              </>
            )
          }
        >
          <StateTag state={c.state} />
          <span className="muted figure">{c.number}</span>
        </PageHead>
        <p className="row strip-line">
          <span>
            <span className="muted">{t('platform')}</span> <Link to={`/platforms/${c.platform}`}>{c.platform_name}</Link>
          </span>
          <span>
            <span className="muted">{t('operator')}</span> {c.operator_name}
          </span>
          <span>
            <span className="muted">{t('field.owner')}</span> {c.owner_name}
          </span>
        </p>
        {c.closed_why && <p className="warn tight">{t('contract.closed', { day: c.closed_on, reason: c.closed_why })}</p>}
      </div>
      <div className="columns">
        <div>
          {tasks.length === 0 ? (
            <Empty title={t('tasks.none')} action={manage && <Button onClick={() => startTask()}>{t('task.new')}</Button>}>
              {t('tasks.what')}
            </Empty>
          ) : (
            tasks.map((x) => <TaskItem key={x.id} contract={c} task={x} etag={etag} onEdit={manage ? () => startTask(x) : undefined} onChanged={changed} />)
          )}
        </div>
        <div>
          <Section title={t('about')}>
            <Facts
              items={[
                [t('field.signed_on'), <Day key="g" on={c.signed_on} />],
                [t('term.label'), t('term', { since: c.since_on, until: c.until_on })],
                [t('field.procurement'), <Text key="p" value={c.procurement} />],
                [t('field.note'), <Text key="n" value={c.note} />],
              ]}
            />
          </Section>
          <History id={id} round={round} />
        </div>
      </div>
      {manage && (
        <>
          <ContractDrawer open={doing === 'edit'} platform={c.platform} operator={c.operator} contract={c} etag={etag} {...drawer} />
          <CloseDrawer open={doing === 'close'} contract={c} etag={etag} {...drawer} />
          <TaskDrawer open={doing === 'task'} contract={c} task={task} etag={etag} {...drawer} />
        </>
      )}
    </>
  );
}

function History({ id, round }: { id: string; round: number }) {
  const t = useWords(words);
  const load = useLoad(`contract-timeline:${id}?${round}`, (signal) => contractTimeline(id, signal));
  return <Section title={t('timeline')}>{load.error ? <Problem problem={load.error} retry={load.reload} /> : !load.data ? <Loading rows={4} /> : <Timeline entries={load.data.items ?? []} tell={(e) => String((e.detail as { title?: string } | undefined)?.title ?? '')} />}</Section>;
}

import { DownOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { Link } from 'react-router';
import { Timeline } from '../../infra/journal/Timeline';
import { ActionMenu } from '../../kit/ActionMenu';
import { Day, Text } from '../../kit/figures';
import { PageHead } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { Empty, Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useLang, useWords } from '../../kit/words';
import { type Brief, getContract, listContracts, nameOf, type PlatformDetail, platformTimeline, type Task } from './api';
import { ContractDrawer, OperatorDrawer, PlatformDrawer, RetireDrawer } from './PlatformForm';
import { StateTag, TaskTag } from './states';
import { words } from './words';

/** What can be begun from a platform's page. */
export type Doing = '' | 'edit' | 'operator' | 'retire' | 'contract';

/** Whether the reader may change the platform. */
export function useManages(p: PlatformDetail): boolean {
  return useSession().can('platform.manage') && !p.until_on;
}

/** The strip on top of a platform's page: its name, mission, operator and department, and what can be done to it. */
export function PlatformHead({ platform: p, etag, doing, onDo, onChanged }: { platform: PlatformDetail; etag: string; doing: Doing; onDo: (doing: Doing) => void; onChanged: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const manage = useManages(p);
  const drawer = { onClose: () => onDo(''), onSaved: onChanged };
  return (
    <>
      <div className="strip">
        <PageHead
          title={nameOf(p, lang)}
          actions={
            manage && (
              <>
                <Button type="primary" icon={<PlusOutlined />} onClick={() => onDo('contract')}>
                  {t('contract.new')}
                </Button>
                <ActionMenu items={(['edit', 'operator', 'retire'] as const).map((key) => ({ key, label: t(key === 'operator' ? 'operator.change' : key), danger: key === 'retire' }))} onChoose={(key) => onDo(key as Doing)}>
                  <Button icon={<DownOutlined />}>{t('more')}</Button>
                </ActionMenu>
              </>
            )
          }
        >
          {p.until_on && <span className="tag">{t('ended', { day: p.until_on })}</span>}
        </PageHead>
        <p className="row strip-line">
          <span>
            <span className="muted">{t('mission')}</span> <strong>{lang === 'en' ? p.mission_en || p.mission_zh : p.mission_zh}</strong>
          </span>
          <span>
            <span className="muted">{t('operator')}</span> {p.operator_name || t('operator.none')}
          </span>
          <span>
            <span className="muted">{t('unit')}</span> {[p.unit_name, p.owner_name].filter(Boolean).join(' · ')}
          </span>
        </p>
      </div>
      {manage && (
        <>
          <PlatformDrawer open={doing === 'edit'} platform={p} etag={etag} {...drawer} />
          <OperatorDrawer open={doing === 'operator'} platform={p} etag={etag} {...drawer} />
          <RetireDrawer open={doing === 'retire'} platform={p} etag={etag} {...drawer} />
          <ContractDrawer open={doing === 'contract'} platform={p.id} operator={p.operator} {...drawer} />
        </>
      )}
    </>
  );
}

/** The contracts with the operator that the reader may read, each with its tasks. */
export function Contracts({ platform, round, onNew }: { platform: string; round: number; onNew: (() => void) | undefined }) {
  const t = useWords(words);
  const load = useLoad(`contracts:${platform}?${round}`, (signal) => listContracts(platform, signal));
  const items = load.data?.items ?? [];
  return (
    <Section id="contracts" title={t('contracts')}>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={3} />
      ) : items.length === 0 ? (
        <Empty title={t('contracts.none')} action={onNew && <Button onClick={onNew}>{t('contract.new')}</Button>}>
          {t('contracts.what')}
        </Empty>
      ) : (
        items.map((c) => <ContractBlock key={c.id} contract={c} round={round} />)
      )}
    </Section>
  );
}

/** One contract: what the operator owes by it, what was handed in and how it stands. Those that are over show their tasks on their own page. */
function ContractBlock({ contract: c, round }: { contract: Brief; round: number }) {
  const t = useWords(words);
  const open = c.state !== 'closed';
  const load = useLoad(open ? `contract:${c.id}?${round}` : null, (signal) => getContract(c.id, signal));
  const tasks = load.data?.data.tasks ?? [];
  return (
    <div className="contract">
      <div className="card-line">
        <Link to={`/contracts/${c.id}`} className="strong">
          {c.title}
        </Link>
        <StateTag state={c.state} />
      </div>
      <div className="muted small">
        {c.number} · {c.operator_name} · {t('term', { since: c.since_on, until: c.until_on })}
      </div>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : open && !load.data ? (
        <Loading rows={2} />
      ) : open && tasks.length === 0 ? (
        <p className="muted small tight">{t('tasks.none')}</p>
      ) : (
        <ol className="papers" aria-label={t('tasks.of', { contract: c.title })}>
          {tasks.map((task) => (
            <TaskLine key={task.id} task={task} />
          ))}
        </ol>
      )}
    </div>
  );
}

/** One contract task in short: what is asked for, by when, what was handed in, who accepts it and how it stands. */
function TaskLine({ task }: { task: Task }) {
  const t = useWords(words);
  const filed = task.submissions ?? [];
  const last = filed.at(-1);
  return (
    <li>
      <div className="card-line">
        <Link to={`/contracts/${task.contract}#${task.id}`}>{task.title}</Link>
        <TaskTag task={task} />
      </div>
      <div className="small">
        <span className="muted">{t('due')}</span> <Day on={task.due_on} /> · <span className="muted">{t('field.acceptor')}</span> {task.acceptor_name}
      </div>
      <div className="small">
        <span className="muted">{t('field.evidence')}</span> {task.evidence}
      </div>
      <div className="small">{last ? t('filed.n', { n: filed.length, day: last.on }) : <span className="muted">{t('filed.none')}</span>}</div>
      {task.state === 'objected' && <div className="small warn">{t('objection', { reason: task.reason })}</div>}
    </li>
  );
}

/** Since when the platform stands, on what, and who ran it before. */
export function About({ platform: p }: { platform: PlatformDetail }) {
  const t = useWords(words);
  const terms = p.terms ?? [];
  return (
    <Section title={t('about')}>
      <Facts
        items={[
          [t('field.since_on'), <Day key="s" on={p.since_on} />],
          p.until_on ? [t('field.until_on'), <Day key="u" on={p.until_on} />] : null,
          [t('field.source'), <Text key="o" value={p.source} />],
        ]}
      />
      {terms.length > 0 && (
        <>
          <h3>{t('terms')}</h3>
          <ul className="papers">
            {terms.map((x) => (
              <li key={x.since_on}>
                <div className="card-line">
                  <span>{x.operator_name || t('operator.none')}</span>
                  <span className="muted">{t('term.since', { day: x.since_on })}</span>
                </div>
                {x.reason && <div className="small">{x.reason}</div>}
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

/** What happened to the platform; nothing for those who may not read its dealings with its operator. */
export function History({ id, round }: { id: string; round: number }) {
  const t = useWords(words);
  const load = useLoad(`platform-timeline:${id}?${round}`, (signal) => platformTimeline(id, signal));
  if (load.error?.status === 403) return null;
  return (
    <Section title={t('timeline')}>
      {load.error ? <Problem problem={load.error} retry={load.reload} /> : !load.data ? <Loading rows={4} /> : <Timeline entries={load.data.items ?? []} />}
    </Section>
  );
}

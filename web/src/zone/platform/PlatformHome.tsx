import { DownOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { Timeline } from '../../infra/journal/Timeline';
import { ActionMenu } from '../../kit/ActionMenu';
import { Day, Text } from '../../kit/figures';
import { PageHead } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { Empty, Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useLang, useWords } from '../../kit/words';
import { getPlatform, listContracts, type PlatformDetail, platformTimeline } from './api';
import { Activities, Projects, Results, Stalled, Strip } from './Blocks';
import { ContractDrawer, OperatorDrawer, PlatformDrawer, RetireDrawer } from './PlatformForm';
import { StateTag } from './states';
import { words } from './words';

type Doing = '' | 'edit' | 'operator' | 'retire' | 'contract';

/** The home page of one platform: what it is for, who runs it, what moves and what is stuck. */
export default function PlatformHome() {
  const { id = '' } = useParams();
  const t = useWords(words);
  const lang = useLang();
  const { can } = useSession();
  const [doing, setDoing] = useState<Doing>('');
  const [round, setRound] = useState(0);
  const load = useLoad(`platform:${id}`, (signal) => getPlatform(id, signal));
  const p = load.data?.data;
  const name = p ? (lang === 'en' ? p.name_en || p.name_zh : p.name_zh) : '';
  useTitle(name || t('title'));
  if (load.error && !p) return <Problem problem={load.error} retry={load.reload} />;
  if (!p || !load.data) return <Loading rows={12} />;
  const etag = load.data.etag || `"${p.version}"`;
  const changed = () => {
    load.reload();
    setRound((r) => r + 1);
  };
  const drawer = { onClose: () => setDoing(''), onSaved: changed };
  const manage = can('platform.manage') && !p.until_on;
  return (
    <>
      <div className="strip">
        <PageHead
          title={name}
          actions={
            manage && (
              <>
                <Button type="primary" icon={<PlusOutlined />} onClick={() => setDoing('contract')}>
                  {t('contract.new')}
                </Button>
                <ActionMenu items={(['edit', 'operator', 'retire'] as const).map((key) => ({ key, label: t(key === 'operator' ? 'operator.change' : key), danger: key === 'retire' }))} onChoose={(key) => setDoing(key as Doing)}>
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
      <div className="columns">
        <div>
          <Strip platform={p} />
          <Stalled platform={id} />
          <Projects platform={id} />
          <Activities platform={id} />
        </div>
        <div>
          <Results platform={p} />
          <Contracts id={id} round={round} onNew={manage ? () => setDoing('contract') : undefined} />
          <About platform={p} />
          <History id={id} round={round} />
        </div>
      </div>
      {manage && (
        <>
          <PlatformDrawer open={doing === 'edit'} platform={p} etag={etag} {...drawer} />
          <OperatorDrawer open={doing === 'operator'} platform={p} etag={etag} {...drawer} />
          <RetireDrawer open={doing === 'retire'} platform={p} etag={etag} {...drawer} />
          <ContractDrawer open={doing === 'contract'} platform={id} operator={p.operator} {...drawer} />
        </>
      )}
    </>
  );
}

/** The contracts with the operator that the reader may read. */
function Contracts({ id, round, onNew }: { id: string; round: number; onNew: (() => void) | undefined }) {
  const t = useWords(words);
  const load = useLoad(`contracts:${id}?${round}`, (signal) => listContracts(id, signal));
  const items = load.data?.items ?? [];
  return (
    <Section title={t('contracts')}>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={3} />
      ) : items.length === 0 ? (
        <Empty title={t('contracts.none')} action={onNew && <Button onClick={onNew}>{t('contract.new')}</Button>}>
          {t('contracts.what')}
        </Empty>
      ) : (
        <ul className="papers">
          {items.map((c) => (
            <li key={c.id}>
              <div className="card-line">
                <Link to={`/contracts/${c.id}`}>{c.title}</Link>
                <StateTag state={c.state} />
              </div>
              <div className="muted small">
                {c.number} · {c.operator_name} · {t('term', { since: c.since_on, until: c.until_on })}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function About({ platform: p }: { platform: PlatformDetail }) {
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
function History({ id, round }: { id: string; round: number }) {
  const t = useWords(words);
  const load = useLoad(`platform-timeline:${id}?${round}`, (signal) => platformTimeline(id, signal));
  if (load.error?.status === 403) return null;
  return (
    <Section title={t('timeline')}>
      {load.error ? <Problem problem={load.error} retry={load.reload} /> : !load.data ? <Loading rows={4} /> : <Timeline entries={load.data.items ?? []} />}
    </Section>
  );
}

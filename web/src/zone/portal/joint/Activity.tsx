import { EditOutlined, FileDoneOutlined, PaperClipOutlined } from '@ant-design/icons';
import { Button, Drawer, Form, Input, Upload } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { History } from '../../../infra/journal/History';
import { ActionMenu } from '../../../kit/ActionMenu';
import { download, get } from '../../../kit/api';
import { Money, Text, When } from '../../../kit/figures';
import { FieldErrors, ReasonDialog } from '../../../kit/forms';
import { PageHead } from '../../../kit/ListPage';
import { useAct, useLoad } from '../../../kit/load';
import { useKit } from '../../../kit/locale';
import { shortMoney } from '../../../kit/money';
import { DeadEnd, Facts, Loading, Problem, SecrecyNotice, Section } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import { useTitle } from '../../../kit/title';
import type { Page } from '../../../kit/types';
import { useLang, useWords } from '../../../kit/words';
import { getYield, type Value } from '../../scoreboard/api';
import { type Activity as ActivityData, activityTimeline, fileMinutes, getActivity, minutesPath, stepActivity } from '../../work/api';
import ActivityForm from '../../work/ActivityForm';
import { ActivityState, Days, MinutesState } from '../../work/ActivityParts';
import { useCampaigns, useDictionary, usePlatforms } from '../../work/lookups';
import { useTell } from '../../work/tell';
import { words } from './words';
import WorkSection from '../../work/WorkSection';

type Doing = 'edit' | 'hold' | 'minutes' | 'cancel' | '';

/** One activity: facts, firms, officials, minutes, cost, the leads it brought, tasks and comments. */
export default function Activity() {
  const { id = '' } = useParams();
  const t = useWords(words);
  const k = useKit();
  const load = useLoad(`activity:${id}`, (signal) => getActivity(id, signal));
  const [doing, setDoing] = useState<Doing>('');
  const [round, setRound] = useState(0);
  const { methodName, kindName } = useDictionary();
  const { campaignName } = useCampaigns();
  const { nameOf: platformName } = usePlatforms();
  const tell = useTell();
  const a = load.data?.data;
  useTitle(a?.name ?? t('activity'));
  const changed = () => {
    load.reload();
    setRound((r) => r + 1);
  };
  if (load.error && !a) return <DeadEnd problem={load.error} retry={load.reload} back={t('activities.back')} to="/activities" />;
  if (!a) return <Loading rows={10} />;
  const may = a.may_edit;
  const menu = [a.status !== 'cancelled' && { key: 'edit', label: k('edit'), icon: <EditOutlined /> }, a.status === 'planned' && { key: 'cancel', label: t('activity.cancel'), danger: true }].filter(Boolean) as { key: string; label: string }[];
  return (
    <>
      <div className="strip">
        <PageHead
          title={a.name}
          actions={
            may && (
              <>
                {a.status === 'planned' && (
                  <Button type="primary" onClick={() => setDoing('hold')}>
                    {t('activity.hold')}
                  </Button>
                )}
                {a.status === 'held' && (
                  <Button type={a.owes_minutes ? 'primary' : 'default'} icon={<FileDoneOutlined />} onClick={() => setDoing('minutes')}>
                    {a.owes_minutes ? t('minutes.file') : t('minutes.more')}
                  </Button>
                )}
                {menu.length > 0 && (
                  <ActionMenu items={menu} onChoose={(key) => setDoing(key as Doing)}>
                    <Button>{t('act.more')}</Button>
                  </ActionMenu>
                )}
              </>
            )
          }
        >
          <ActivityState activity={a} />
          <span className="muted figure">{a.no}</span>
        </PageHead>
        <p className="row strip-line">
          <Days activity={a} />
          <span>{a.place}</span>
          <MinutesState activity={a} />
          <span className="muted">{[a.unit_name, a.owner_name].filter(Boolean).join(' · ')}{a.owner_left && <span className="bad"> · {t('owner.left')}</span>}</span>
        </p>
        {a.reason && <p className="warn tight">{t('activity.cancelled.why', { reason: a.reason })}</p>}
      </div>
      <div className="columns">
        <div>
          <Minutes activity={a} />
          <Leads activity={a} />
          <WorkSection object={`work.activity/${a.id}`} name={a.name} onChanged={changed} />
          <History name={`activity-timeline:${a.id}?${round}`} title={t('timeline')} page={(cursor, signal) => activityTimeline(a.id, cursor, signal)} tell={tell} />
        </div>
        <div>
          <Section title={t('facts')}>
            <Facts
              items={[
                [t('field.kind'), kindName(a.kind)],
                [t('field.on_date'), <Days key="d" activity={a} />],
                [t('field.place'), <Text key="p" value={a.place} />],
                [t('field.method'), <Text key="m" value={a.method ? methodName(a.method) : ''} />],
                [t('field.campaign'), a.campaign ? campaignName(a.campaign) : k('empty.value')],
                a.platform ? [t('field.platform'), <Link key="pl" to={`/platforms/${a.platform}`}>{platformName(a.platform)}</Link>] : null,
                [t('field.cost'), <Money key="c" amount={a.cost} />],
                [t('field.summary'), <span key="s" style={{ whiteSpace: 'pre-wrap' }}><Text value={a.summary} /></span>],
              ]}
            />
          </Section>
          <Section title={t('field.firms')}>
            {(a.parties ?? []).length === 0 ? (
              <p className="muted tight">{t('firms.none')}</p>
            ) : (
              <ul className="plain-list">
                {(a.parties ?? []).map((p, i) => (
                  <li key={i}>{p.party ? <Link to={`/parties/${p.party}`}>{p.name}</Link> : p.name}</li>
                ))}
              </ul>
            )}
          </Section>
          <Section title={t('field.officials')}>
            <Text value={(a.officials ?? []).map((o) => o.name).join(k('list.join'))} />
          </Section>
        </div>
      </div>
      <ActivityForm open={doing === 'edit' || doing === 'hold'} held={doing === 'hold'} activity={a} onClose={() => setDoing('')} onSaved={changed} />
      <MinutesDrawer activity={a} open={doing === 'minutes'} onClose={() => setDoing('')} onSaved={changed} />
      <ReasonDialog
        open={doing === 'cancel'}
        title={t('activity.cancel')}
        confirm={t('activity.cancel')}
        danger
        onCancel={() => setDoing('')}
        onConfirm={async (reason) => {
          await stepActivity(a, 'cancel', { reason });
          setDoing('');
          changed();
        }}
      />
    </>
  );
}

function Minutes({ activity: a }: { activity: ActivityData }) {
  const t = useWords(words);
  const fetching = useAct(async () => download(minutesPath(a.id)));
  return (
    <Section id="minutes" title={t('minutes')}>
      <p>
        <MinutesState activity={a} />
        {a.status === 'held' && <span className="muted"> {t('minutes.due', { day: a.minutes_due })}</span>}
        {a.minutes_provisional && <span className="muted"> {t('provisional')}</span>}
      </p>
      {a.minutes_at > 0 && (
        <p className="muted small">
          {a.minutes_by_name} · <When at={a.minutes_at} minute />
        </p>
      )}
      {a.minutes && <div style={{ whiteSpace: 'pre-wrap' }}>{a.minutes}</div>}
      {a.minutes_file_name && (
        <Button type="link" className="inline" icon={<PaperClipOutlined />} loading={fetching.busy} onClick={() => void fetching.run()}>
          {a.minutes_file_name}
        </Button>
      )}
      {fetching.error && <Problem problem={fetching.error} />}
    </Section>
  );
}

interface Lead {
  id: string;
  name: string;
  code: string;
}

/** How many leads are fetched at a time. */
const LEADS = 50;

/** The projects this activity brought: how many the reader may open, page by page, and what the zone counts of them. */
function Leads({ activity: a }: { activity: ActivityData }) {
  const t = useWords(words);
  const { can } = useSession();
  const { id } = a;
  const [older, setOlder] = useState<{ items: Lead[]; next: string | undefined }>();
  const load = useLoad(can('pipeline.read') ? `leads:${id}` : null, async (signal) => {
    const [page, totals] = await Promise.all([get<Page<Lead>>('/projects', { activity: id, limit: LEADS }, signal), get<{ count: number }>('/projects/totals', { activity: id }, signal)]);
    return { page, count: totals.count };
  });
  const next = older ? older.next : load.data?.page.next_cursor;
  const more = useAct(async () => {
    const page = await get<Page<Lead>>('/projects', { activity: id, limit: LEADS, cursor: next });
    setOlder((o) => ({ items: [...(o?.items ?? []), ...(page.items ?? [])], next: page.next_cursor }));
  });
  if (!can('pipeline.read')) return null;
  const rows = [...(load.data?.page.items ?? []), ...(older?.items ?? [])];
  const count = load.data?.count ?? 0;
  return (
    <Section id="leads" title={load.data ? t('leads.n', { n: count }) : t('leads')} extra={<>{rows.length > 0 && <Link to={`/projects?activity=${id}`}>{t('leads.list')}</Link>}{can('pipeline.open') && a.status !== 'cancelled' && <Link to={`/projects/new?activity=${id}`}>{t('leads.new')}</Link>}</>}>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={2} />
      ) : rows.length === 0 ? (
        <p className="muted tight">{t('leads.none')}</p>
      ) : (
        <ul className="plain-list">
          {rows.map((p) => (
            <li key={p.id}>
              <Link className="underlined" to={`/projects/${p.id}`}>{p.name}</Link> <span className="muted small">{p.code}</span>
            </li>
          ))}
        </ul>
      )}
      {more.error && <Problem problem={more.error} />}
      {next && (
        <Button onClick={() => void more.run()} loading={more.busy}>
          {t('leads.more', { n: Math.max(count - rows.length, 1) })}
        </Button>
      )}
      {can('scoreboard.read') && <Brought id={id} />}
    </Section>
  );
}

/** What the zone counts of the leads, those the reader may not open among them. */
function Brought({ id }: { id: string }) {
  const t = useWords(words);
  const lang = useLang();
  const load = useLoad(`brought:${id}`, (signal) => getYield({ by: 'activity', id, from: '2000-01-01' }, signal));
  const r = load.data?.rows?.[0];
  if (!load.data || !r || r.leads === 0) return null;
  const money = (v: Value) => (v.money ? shortMoney(v.money, lang) : t('yield.uncounted'));
  return (
    <p className="muted small" style={{ marginTop: 12 }}>
      {t('brought', { n: r.leads, talked: r.talked.numerator ?? 0, signed: r.signed.numerator ?? 0 })}
      {r.hidden > 0 && ` · ${t('brought.hidden', { n: r.hidden })}`} · {t('yield.per_lead')} {money(r.per_lead)} <span className="figure">{`${load.data.figure}@${load.data.version}`}</span>
    </p>
  );
}

function MinutesDrawer({ activity: a, open, onClose, onSaved }: { activity: ActivityData; open: boolean; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<{ minutes?: string }>();
  const [file, setFile] = useState<File>();
  const act = useAct(async (values: { minutes?: string }) => {
    const text = (values.minutes ?? '').trim();
    if (!text && !file) {
      form.setFields([{ name: 'minutes', errors: [t('minutes.needed')] }]);
      return;
    }
    if (text && text !== a.minutes) await stepActivity(a, 'minutes', { minutes: text });
    if (file) {
      const body = new FormData();
      body.append('file', file);
      await fileMinutes(a.id, body);
    }
    setFile(undefined);
    onSaved();
    onClose();
  });
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(560px, 100vw)"
      title={t('minutes.file')}
      mask={{ closable: false }}
      destroyOnHidden
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
            {t('minutes.file')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} name="minutes" layout="vertical" initialValues={{ minutes: a.minutes }} onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <SecrecyNotice />
          <FieldErrors form={form} problem={act.error} />
        </div>
        {a.minutes_late && <p className="warn">{t('minutes.late.what', { due: a.minutes_due })}</p>}
        <Form.Item name="minutes" label={t('minutes')} extra={t('minutes.why')}>
          <Input.TextArea autoSize={{ minRows: 8, maxRows: 20 }} maxLength={32000} />
        </Form.Item>
        <Upload maxCount={1} fileList={file ? [{ uid: '1', name: file.name }] : []} onRemove={() => setFile(undefined)} beforeUpload={(chosen) => { setFile(chosen); return false; }}>
          <Button icon={<PaperClipOutlined />}>{t('minutes.attach')}</Button>
        </Upload>
      </Form>
    </Drawer>
  );
}

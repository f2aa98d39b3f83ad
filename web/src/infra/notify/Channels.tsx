import { PlusOutlined } from '@ant-design/icons';
import { Alert, App, Button, Modal } from 'antd';
import { useState } from 'react';
import { DataTable } from '../../kit/DataTable';
import { When } from '../../kit/figures';
import { PageHead } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Copyable, Loading, Problem, Section } from '../../kit/notices';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { type Channel, changeChannel, listChannels, removeChannel, testChannel } from './api';
import { ChannelDrawer } from './ChannelDrawer';
import { Deliveries } from './Deliveries';
import { words } from './words';

/** The ways out of the house, how they fare, and what did not arrive. */
export default function Channels() {
  const t = useWords(words);
  const k = useKit();
  useTitle(t('channels'));
  const [round, setRound] = useState(0);
  const load = useLoad(`channels?${round}`, listChannels);
  const [editing, setEditing] = useState<Channel | 'new'>();
  const [secret, setSecret] = useState('');
  const changed = () => setRound((r) => r + 1);
  const items = load.data?.items ?? [];
  return (
    <>
      <PageHead
        title={t('channels')}
        actions={
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>
            {t('channel.add')}
          </Button>
        }
      />
      <p className="muted">{t('channels.what')}</p>
      {secret && (
        <Alert type="success" showIcon role="status" style={{ marginBottom: 12 }} closable={{ onClose: () => setSecret(''), 'aria-label': k('close') }} title={t('secret.once')} description={<Copyable text={secret} />} />
      )}
      {load.error ? <Problem problem={load.error} retry={load.reload} /> : !load.data ? <Loading rows={6} /> : <ChannelTable items={items} onEdit={setEditing} onChanged={changed} />}
      <Section title={t('deliveries')}>
        <Deliveries channels={items} round={round} onChanged={changed} />
      </Section>
      <ChannelDrawer
        channel={editing}
        topics={load.data?.topics ?? []}
        onClose={() => setEditing(undefined)}
        onSaved={(made) => {
          setEditing(undefined);
          setSecret(made);
          changed();
        }}
      />
    </>
  );
}

function ChannelTable({ items, onEdit, onChanged }: { items: readonly Channel[]; onEdit: (c: Channel) => void; onChanged: () => void }) {
  const t = useWords(words);
  return (
    <Section title={t('channels.list')}>
      <DataTable
        caption={t('channels.list')}
        rows={items}
        rowKey={(c) => c.id}
        columns={[
          { id: 'name', title: t('channel.name'), cell: (c) => <ChannelName c={c} /> },
          { id: 'state', title: t('channel.state'), cell: (c) => <State c={c} /> },
          { id: 'sent', title: t('channel.sent'), numeric: true, cell: (c) => <When at={c.sent_at} minute /> },
          { id: 'dead', title: t('channel.dead'), numeric: true, cell: (c) => c.dead },
          { id: 'acts', title: t('acts'), cell: (c) => <Acts c={c} onEdit={onEdit} onChanged={onChanged} /> },
        ]}
        card={(c) => (
          <>
            <ChannelName c={c} />
            <p className="tight">
              <State c={c} />
            </p>
            <Acts c={c} onEdit={onEdit} onChanged={onChanged} />
          </>
        )}
      />
    </Section>
  );
}

function ChannelName({ c }: { c: Channel }) {
  const t = useWords(words);
  return (
    <>
      <span className="strong">{c.name}</span>
      <span className="muted small" style={{ display: 'block' }}>
        {c.kind === 'email' ? '' : t(`kind.${c.kind}`)} {c.host}
      </span>
    </>
  );
}

/** How a channel fares, in a word and a colour. */
function State({ c }: { c: Channel }) {
  const t = useWords(words);
  const [tone, state] = c.paused ? (['grey', 'paused'] as const) : !c.ready ? (['amber', c.kind === 'email' ? 'unset' : 'locked'] as const) : c.failing_since ? (['red', 'failing'] as const) : c.sent_at ? (['green', 'works'] as const) : (['grey', 'new'] as const);
  return (
    <>
      <span className="tag" data-tone={tone}>
        {t(`state.${state}`)}
      </span>
      {c.failing_since > 0 && (
        <span className="small" style={{ display: 'block' }}>
          {t('failing.since')} <When at={c.failing_since} minute /> · {c.problem}
        </span>
      )}
    </>
  );
}

function Acts({ c, onEdit, onChanged }: { c: Channel; onEdit: (c: Channel) => void; onChanged: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { message } = App.useApp();
  const [removing, setRemoving] = useState(false);
  const test = useAct(async () => {
    const tried = await testChannel(c.id);
    if (tried.ok) void message.success(t('test.arrived'));
    else void message.error(tried.problem, 8);
  });
  const pause = useAct(async () => {
    await changeChannel(c, { paused: !c.paused });
    onChanged();
  });
  const remove = useAct(async () => {
    await removeChannel(c.id);
    onChanged();
  });
  const error = test.error ?? pause.error;
  return (
    <>
      <div className="actions">
        {c.ready && (
          <Button size="small" loading={test.busy} onClick={() => void test.run()} aria-label={`${t('test')} ${c.name}`}>
            {t('test')}
          </Button>
        )}
        {c.kind !== 'email' && (
          <>
            <Button size="small" onClick={() => onEdit(c)} aria-label={`${k('edit')} ${c.name}`}>
              {k('edit')}
            </Button>
            <Button size="small" loading={pause.busy} onClick={() => void pause.run()} aria-label={`${c.paused ? t('resume') : t('pause')} ${c.name}`}>
              {c.paused ? t('resume') : t('pause')}
            </Button>
            <Button size="small" danger onClick={() => setRemoving(true)} aria-label={`${t('remove')} ${c.name}`}>
              {t('remove')}
            </Button>
          </>
        )}
      </div>
      {error && <Problem problem={error} />}
      <Modal open={removing} title={t('remove.title', { name: c.name })} okText={t('remove')} cancelText={k('cancel')} okButtonProps={{ danger: true, loading: remove.busy }} onOk={() => void remove.run()} onCancel={() => setRemoving(false)}>
        <p>{t('remove.what')}</p>
        {remove.error && <Problem problem={remove.error} />}
      </Modal>
    </>
  );
}

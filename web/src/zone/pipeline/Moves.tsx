import { DownOutlined } from '@ant-design/icons';
import { App, Button, Form, Select } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { ActionMenu } from '../../kit/ActionMenu';
import { ProblemError } from '../../kit/api';
import { DayField } from '../../kit/DayField';
import { ReasonDialog } from '../../kit/forms';
import { useKit } from '../../kit/locale';
import { useSession } from '../../kit/session';
import { useWords } from '../../kit/words';
import { type Gate, getProject, moveProject, type Project, type Stage } from './api';
import { supplyAddress, useSupply } from './GateSection';
import { Raced } from './Raced';
import { rankOf } from './StageTag';
import { chainOf, trackOf, useStageName, useTrackList } from './tracks';
import { words } from './words';

/** A step that asks for something first. */
export type Ask = 'advance' | 'setback' | 'shelved' | 'lost' | 'terminated' | 'resume';

/** The one primary action of a project and, behind it, the ways back and out. */
export function Moves({ project, etag, gate, onMoved }: { project: Project; etag: string; gate: Gate | undefined; onMoved: () => void }) {
  const t = useWords(words);
  const { can } = useSession();
  const [asking, setAsking] = useState<Ask>();
  const next = gate?.next ?? '';
  const unmet = (gate?.items ?? []).filter((i) => !i.met);
  const shelved = project.stage === 'shelved';
  const final = project.stage === 'lost' || project.stage === 'terminated';
  const name = useStageName();
  const at = shelved ? project.prior : project.stage;
  const chain = chainOf(trackOf(useTrackList(), project.track), at);
  const standing = at === '' ? -1 : chain.indexOf(at);
  const signed = rankOf(at) >= rankOf('signed');
  const ways: { key: Ask; label: string; danger?: boolean }[] = [];
  if (!final && !shelved && standing > 0 && can('pipeline.setback')) ways.push({ key: 'setback', label: t('move.setback') });
  if (!final && can('pipeline.calloff')) {
    if (!shelved && standing < chain.length - 1) ways.push({ key: 'shelved', label: t('move.shelved') });
    ways.push(signed ? { key: 'terminated', label: t('move.terminated'), danger: true } : { key: 'lost', label: t('move.lost'), danger: true });
  }
  return (
    <>
      <div className="actions">
        {shelved && can('pipeline.calloff') && (
          <Button type="primary" onClick={() => setAsking('resume')}>
            {t('move.resume', { stage: name(project.prior, project.track) })}
          </Button>
        )}
        {!shelved && !final && next && can('pipeline.advance') && (
          <Button type="primary" disabled={unmet.length > 0} onClick={() => setAsking('advance')} aria-describedby={unmet.length > 0 ? 'missing-now' : undefined}>
            {t('move.advance', { stage: name(next, project.track) })}
          </Button>
        )}
        {ways.length > 0 && (
          <ActionMenu items={ways.map((w) => ({ key: w.key, label: w.label, danger: w.danger ?? false }))} onChoose={(key) => setAsking(key as Ask)}>
            <Button icon={<DownOutlined />} iconPlacement="end">
              {t('move.more')}
            </Button>
          </ActionMenu>
        )}
      </div>
      {asking && <AskDialog ask={asking} at={next} project={project} etag={etag} onClose={() => setAsking(undefined)} onMoved={onMoved} />}
    </>
  );
}

/** What is missing, in one line, each item a link. */
export function MissingNow({ gate, track }: { gate: Gate | undefined; track: string }) {
  const t = useWords(words);
  const name = useStageName();
  const k = useKit();
  const supply = useSupply();
  const unmet = (gate?.items ?? []).filter((i) => !i.met);
  if (!gate?.next) return null;
  if (unmet.length === 0) return <span className="ok">{t('gate.ready', { stage: name(gate.next, track) })}</span>;
  return (
    <span id="missing-now">
      <span className="warn">{t('gate.open', { stage: name(gate.next, track), n: unmet.length })}</span>{' '}
      {unmet.slice(0, 3).map((i, n) => (
        <span key={`${i.kind}/${i.id}`}>
          {n > 0 && k('list.join')}
          {supply(i) ? <Link to={supplyAddress('', i)}>{i.label}</Link> : i.label}
        </span>
      ))}
      {unmet.length > 3 && <a href="#gate"> {t('gate.rest', { n: unmet.length - 3 })}</a>}
    </span>
  );
}

/** Asks for what a step needs, then takes it; stays open with the refusal when it fails. preset is the stage to set back to, when it was chosen already. */
export function AskDialog({ ask, at, project, etag, preset, name: given, onClose, onMoved }: { ask: Ask; at: Stage | ''; project: Pick<Project, 'id' | 'name' | 'stage' | 'prior' | 'track'>; etag: string; preset?: string; name?: string; onClose: () => void; onMoved: (moved?: Project) => void }) {
  const t = useWords(words);
  const { message } = App.useApp();
  const [next] = useState(at); // what was asked for, whatever a reload brings
  const [seen, setSeen] = useState({ etag, stage: project.stage }); // what was looked at, whatever a reload brings
  const [raced, setRaced] = useState(false);
  const stageName = useStageName();
  const chain = chainOf(trackOf(useTrackList(), project.track), project.stage);
  const earlier = chain.slice(0, Math.max(0, chain.indexOf(project.stage)));
  const verb = ask === 'advance' || ask === 'setback' || ask === 'resume' ? ask : 'calloff';
  const name = given ? given : ask === 'resume' || ask === 'advance' ? t(`move.${ask}`, { stage: stageName(ask === 'resume' ? project.prior : next, project.track) }) : t(`move.${ask}`);
  // Where the project still stands, what was typed can be sent; where it has moved, it means nothing any more.
  const refresh = async () => {
    const { data, etag: now } = await getProject(project.id);
    onMoved();
    if (data.stage !== seen.stage) return onClose();
    setSeen({ etag: now || `"${data.version}"`, stage: data.stage });
    setRaced(false);
  };
  return (
    <ReasonDialog
      open
      title={t('move.of', { name: project.name, move: name })}
      intro={raced ? <Raced project={project} onRefresh={() => void refresh()} /> : t(`move.${ask}.what`)}
      confirm={name}
      {...(ask === 'advance' ? { optional: t('move.note') } : {})}
      danger={ask === 'lost' || ask === 'terminated'}
      extra={
        ask === 'setback' && !preset ? (
          <Form.Item name="to" label={t('move.to')} initialValue={earlier.at(-1)} rules={[{ required: true }]}>
            <Select options={earlier.map((s: Stage) => ({ value: s, label: stageName(s, project.track) }))} />
          </Form.Item>
        ) : ask === 'advance' ? (
          <DayField name="on" label={t('move.on')} extra={t('move.on.why')} />
        ) : undefined
      }
      onCancel={() => {
        onClose();
        if (raced) onMoved();
      }}
      onConfirm={async (reason, values) => {
        setRaced(false);
        const to = ask === 'setback' ? (preset ?? values['to']) : ask === 'advance' ? next : ask;
        let moved: Project | undefined;
        try {
          moved = (await moveProject(project.id, verb, ask === 'resume' ? { reason } : ask === 'advance' ? { to, reason, on: values['on'] ?? '' } : { to, reason }, seen.etag)).data;
        } catch (error) {
          if (!(error instanceof ProblemError && error.status === 412)) throw error;
          setRaced(true); // somebody else was first: it is told who, and the typed reason stays
          return;
        }
        if (ask === 'advance') void message.success(t('moved', { stage: stageName(next, project.track) }));
        onClose();
        onMoved(moved);
      }}
    />
  );
}

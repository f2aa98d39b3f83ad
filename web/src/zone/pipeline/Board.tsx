import { App, Button, Modal } from 'antd';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'react-router';
import { useLive } from '../../kit/live';
import { type Load, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Loading, Problem } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { usePhone } from '../../kit/theme';
import { useLang, useWords } from '../../kit/words';
import { type Change, CHAIN, getGate, type Project, type Stage, type Totals } from './api';
import { type Card, chainColumns, type ColumnSpec, type Drop, dropOf, headOf, movedCard } from './board';
import { BoardColumn } from './BoardColumn';
import { useColumns } from './columns';
import { GateView } from './GateSection';
import { useSteps, useTracks } from './lookups';
import { type Ask, AskDialog } from './Moves';
import { useStageName } from './tracks';
import { LastAct } from './Raced';
import { words } from './words';

const BESIDE = ['shelved', 'lost', 'terminated'] as const;

interface Asking {
  card: Card;
  ask: Ask;
  /** The stage it goes to; '' when the dialog asks. */
  to: string;
}

/** The projects as cards in the columns of their stages; cards are moved by dragging or from their menu. */
export default function Board({ filter, totals, onOpen }: { filter: Record<string, string | string[]>; totals: Load<Totals>; onOpen: (id: string) => void }) {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const phone = usePhone();
  const { can } = useSession();
  const { message } = App.useApp();
  const { chainOf } = useTracks();
  const steps = useSteps();
  const track = typeof filter['track'] === 'string' ? filter['track'] : '';
  const wanted = useMemo(() => (filter['stage'] ? [filter['stage']].flat() : []), [filter]);

  const nameOf = useCallback(
    (stage: string, of = '') => {
      const own = chainOf(of).find((s) => s.id === stage) ?? steps?.find((s) => s.id === stage);
      const said = own ? (lang === 'zh' ? own.zh : own.en) : '';
      return said || t.maybe('stage.', stage);
    },
    [chainOf, steps, lang, t],
  );
  const specs = useMemo<ColumnSpec[]>(() => {
    if (!steps) return [];
    const chain = track ? chainOf(track) : [];
    const all = chain.length > 0 ? chain.map((s) => ({ id: s.id, name: nameOf(s.id, track), stages: [s.id] })) : chainColumns(steps.map((s) => s.id).filter((s) => s.includes('.')), (s) => nameOf(s));
    const some = all.filter((c) => c.stages.some((s) => wanted.includes(s)));
    return some.length > 0 ? some : all;
  }, [track, chainOf, steps, wanted, nameOf]);
  const orderOf = useCallback((card: Card): readonly string[] => {
    const chain = chainOf(card.track).map((s) => s.id);
    return chain.length > 0 ? chain : CHAIN;
  }, [chainOf]);

  const [picked, setPicked] = useState('');
  const shown = phone ? (specs.find((c) => c.id === picked) ?? specs[0])?.id : undefined;
  const columns = useColumns(specs, filter, shown);
  const [asking, setAsking] = useState<Asking>();
  const [dragged, setDragged] = useState<Card>();
  const [said, setSaid] = useState('');
  const focusAfter = useRef('');

  // Changes of others: the columns they left and those they came to are fetched again, once for many.
  const waiting = useRef(new Map<string, string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { reload: sumAgain } = totals;
  const flush = useCallback(() => {
    const changes = waiting.current;
    waiting.current = new Map();
    if (changes.size === 0) return;
    const one = changes.size === 1 ? [...changes][0] : undefined;
    const known = one && columns.find(one[0]);
    if (known && one && known.stage !== one[1]) setSaid(t('board.live', { name: known.name, stage: nameOf(one[1], known.track) }));
    else setSaid(t('board.live.n', { n: changes.size }));
    columns.refresh(changes);
    sumAgain();
  }, [columns, sumAgain, nameOf, t]);
  const latest = useRef(flush);
  latest.current = flush;
  useEffect(() => () => clearTimeout(timer.current), []);
  const live = useLive<Change>('/projects/events', {
    changed: (c) => {
      const known = columns.find(c.id);
      if (known && known.version >= c.version) return; // one's own move, shown already
      waiting.current.set(c.id, c.stage);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => latest.current(), 250);
    },
    reset: () => {
      columns.reload();
      sumAgain();
    },
  });

  // Where the keyboard was, it stays: at the card that moved.
  useEffect(() => {
    if (!focusAfter.current || asking) return;
    const id = focusAfter.current;
    const wait = setTimeout(() => {
      focusAfter.current = '';
      document.getElementById(`move-${id}`)?.focus();
    }, 180); // the dialog gives its focus back first
    return () => clearTimeout(wait);
  });

  const perform = (card: Card, drop: Drop) => {
    if ('refuse' in drop) {
      if (drop.refuse === 'same') return;
      const order = orderOf(card);
      const next = order[order.indexOf(card.stage) + 1];
      const why = drop.refuse === 'step' && !next ? t('drop.end') : t(`drop.${drop.refuse}`, { stage: nameOf(drop.refuse === 'shelved' ? card.prior : (next ?? ''), card.track) });
      setSaid(why);
      void message.info(why, 5);
      return;
    }
    const permission = drop.ask === 'advance' ? 'pipeline.advance' : drop.ask === 'setback' ? 'pipeline.setback' : 'pipeline.calloff';
    if (!can(permission)) {
      setSaid(t('drop.denied'));
      void message.info(t('drop.denied'), 5);
      return;
    }
    setAsking({ card, ask: drop.ask, to: drop.to });
  };
  const dropInto = (column: string, id: string) => {
    setDragged(undefined);
    const card = columns.find(id);
    if (!card) return;
    const there = specs.find((c) => c.id === column);
    if (there?.stages.includes(card.stage)) return;
    perform(card, dropOf(card, column, orderOf(card)));
  };
  const moved = (card: Card, to: Project | undefined) => {
    sumAgain();
    if (!to) {
      columns.refresh(new Map([[card.id, card.stage]])); // somebody else was first
      return;
    }
    columns.place(movedCard(to, card));
    setSaid(t('board.moved', { name: card.name, stage: nameOf(to.stage, card.track) }));
    focusAfter.current = card.id;
  };
  const current = asking ? (columns.find(asking.card.id) ?? asking.card) : undefined;
  const heads = [...(totals.data?.by_stage ?? []), ...(totals.data?.by_step ?? [])];
  if (!steps) return <Loading rows={10} />;
  const inPlace = shown ? specs.filter((c) => c.id === shown) : specs;

  return (
    <>
      <p className="sr-only" role="status" aria-live="polite">
        {said}
      </p>
      <div className="board-line">
        <span className="muted small" data-live={live}>
          <span className="dot" aria-hidden="true" /> {t(`live.${live}`)}
          {live === 'paused' && (
            <Button type="link" className="inline" onClick={() => { columns.reload(); sumAgain(); }}>
              {k('retry')}
            </Button>
          )}
        </span>
        {!phone && <span className="muted small">{t('board.how')}</span>}
      </div>
      {phone && (
        <nav className="stage-tabs" aria-label={t('board.stages')}>
          {specs.map((c) => (
            <button key={c.id} type="button" aria-current={c.id === shown ? 'true' : undefined} onClick={() => setPicked(c.id)}>
              {c.name} <span className="figure">{headOf(c, heads).count}</span>
            </button>
          ))}
        </nav>
      )}
      <div className="board" role="region" aria-label={t('board.title')} tabIndex={0} data-dragging={dragged ? '' : undefined}>
        {inPlace.map((c) => (
          <BoardColumn
            key={c.id}
            spec={c}
            head={headOf(c, heads)}
            state={columns.of(c.id)}
            onMore={() => columns.more(c.id)}
            onRetry={() => columns.reload(c.id)}
            coming={asking && asking.to === c.id && current && !c.stages.includes(current.stage) ? current : undefined}
            leaving={asking?.to && !c.stages.includes(asking.to) ? asking.card.id : undefined}
            fits={dragged ? fits(dropOf(dragged, c.id, orderOf(dragged))) && !c.stages.includes(dragged.stage) : undefined}
            onDrag={setDragged}
            onDropCard={(id) => dropInto(c.id, id)}
            onOpen={onOpen}
            nameOf={nameOf}
            orderOf={orderOf}
            onAsk={(card, ask, to) => perform(card, { ask, to })}
          />
        ))}
        {!phone && (
          <div className="board-aside">
            {BESIDE.map((stage) => (
              <BesideColumn key={stage} stage={stage} name={nameOf(stage)} count={heads.find((h) => h.stage === stage)?.count ?? 0} fits={dragged ? fits(dropOf(dragged, stage, orderOf(dragged))) : undefined} onDropCard={(id) => dropInto(stage, id)} />
            ))}
          </div>
        )}
      </div>
      {asking && current && asking.ask === 'advance' && (
        <AdvanceDialog card={current} to={asking.to} name={t('move.advance', { stage: nameOf(asking.to, current.track) })} onClose={() => { focusAfter.current = asking.card.id; setAsking(undefined); }} onMoved={(to) => moved(asking.card, to)} />
      )}
      {asking && current && asking.ask !== 'advance' && (
        <AskDialog
          ask={asking.ask}
          at=""
          project={current as Pick<Project, 'id' | 'name' | 'stage' | 'prior' | 'track'>}
          etag={`"${current.version}"`}
          {...(asking.ask === 'setback' && asking.to ? { preset: asking.to, name: t('move.setback.to', { stage: nameOf(asking.to, current.track) }) } : {})}
          onClose={() => { focusAfter.current = asking.card.id; setAsking(undefined); }}
          onMoved={(to) => moved(asking.card, to)}
        />
      )}
    </>
  );
}

function fits(drop: Drop): boolean {
  return 'ask' in drop;
}

/** A state beside the chain: a place to drop on, and a way to the list of what stands there. */
function BesideColumn({ stage, name, count, fits, onDropCard }: { stage: string; name: string; count: number; fits: boolean | undefined; onDropCard: (id: string) => void }) {
  const t = useWords(words);
  return (
    <section className="beside" data-fits={fits} aria-label={t('board.column', { stage: name, n: count })} onDragOver={(e) => e.preventDefault()} onDrop={(e) => { e.preventDefault(); onDropCard(e.dataTransfer.getData('text/plain')); }}>
      <Link to={`/projects?stage=${stage}`}>
        {name} <span className="figure">{count}</span>
      </Link>
    </section>
  );
}

/** Advancing begins with the checklist: what is missing is supplied first. */
function AdvanceDialog({ card, to, name, onClose, onMoved }: { card: Card; to: string; name: string; onClose: () => void; onMoved: (moved?: Project) => void }) {
  const t = useWords(words);
  const k = useKit();
  const stageName = useStageName();
  const gate = useLoad(`gate:${card.id}:${card.version}`, (signal) => getGate(card.id, signal));
  const ready = gate.data?.next === to && (gate.data.items ?? []).every((i) => i.met);
  if (ready) return <AskDialog ask="advance" at={to as Stage} name={name} project={card as Pick<Project, 'id' | 'name' | 'stage' | 'prior' | 'track'>} etag={`"${card.version}"`} onClose={onClose} onMoved={onMoved} />;
  return (
    <Modal
      open
      title={t('board.not.yet', { name: card.name })}
      onCancel={onClose}
      footer={[
        <Link key="page" to={`/projects/${card.id}`}>
          <Button tabIndex={-1}>{k('open.page')}</Button>
        </Link>,
        <Button key="close" type="primary" onClick={onClose}>
          {k('close')}
        </Button>,
      ]}
    >
      {gate.error ? (
        <Problem problem={gate.error} retry={gate.reload} />
      ) : gate.data ? (
        gate.data.next === to ? (
          <GateView gate={gate.data} base={`/projects/${card.id}`} track={card.track} />
        ) : (
          <>
            <LastAct id={card.id} track={card.track} />
            <p>{t('board.moved.on', { stage: stageName(card.stage, card.track) })}</p>
          </>
        )
      ) : (
        <Loading rows={4} />
      )}
    </Modal>
  );
}

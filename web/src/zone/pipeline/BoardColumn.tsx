import { DragOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { ActionMenu } from '../../kit/ActionMenu';
import { Money } from '../../kit/figures';
import { useKit } from '../../kit/locale';
import { exactMoney, shortMoney } from '../../kit/money';
import { Problem } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useLang, useWords } from '../../kit/words';
import { CHAIN } from './api';
import { type Card, type ColumnSpec, mainOf, onScreen } from './board';
import type { ColumnState } from './columns';
import { DueMark } from './DueMark';
import type { Ask } from './Moves';
import { InStage } from './InStage';
import { words } from './words';

/** From the top of one card to the top of the next, pixels; cards are of one height so that a column of any length is drawn in part. */
const PITCH = 138;

interface Props {
  spec: ColumnSpec;
  head: { count: number; sums: { currency: string; minor: bigint }[] };
  state: ColumnState;
  onMore: () => void;
  onRetry: () => void;
  /** A card that is being moved here, and one that is being moved away. */
  coming: Card | undefined;
  leaving: string | undefined;
  /** Whether the dragged card may be put here; undefined while none is dragged. */
  fits: boolean | undefined;
  onDrag: (card: Card | undefined) => void;
  onDropCard: (id: string) => void;
  onOpen: (id: string) => void;
  nameOf: (stage: string, track?: string) => string;
  orderOf: (card: Card) => readonly string[];
  onAsk: (card: Card, ask: Ask, to: string) => void;
}

/** One column: its head with count and sums, and the cards that are on screen. */
export function BoardColumn({ spec, head, state, onMore, onRetry, coming, leaving, fits, onDrag, onDropCard, onOpen, nameOf, orderOf, onAsk }: Props) {
  const t = useWords(words);
  const k = useKit();
  const lang = useLang();
  const body = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [kept, setKept] = useState(''); // the card that has the keyboard stays, wherever one scrolls
  useEffect(() => {
    const node = body.current;
    if (!node) return;
    const look = () => setView({ top: node.scrollTop, height: node.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(node);
    node.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', look);
    };
  }, []);
  const cards = coming ? [coming, ...state.cards.filter((c) => c.id !== coming.id)] : state.cards.filter((c) => c.id !== leaving);
  const [from, until] = onScreen(view.top, view.height, PITCH, cards.length);
  const drawn = cards.map((card, i) => ({ card, i })).slice(from, until);
  const keeper = kept ? cards.findIndex((c) => c.id === kept) : -1;
  if (keeper >= 0 && (keeper < from || keeper >= until)) drawn.push({ card: cards[keeper] as Card, i: keeper });
  const sums = head.sums.slice(0, 2);
  return (
    <section className="column" data-fits={fits} aria-label={t('board.column', { stage: spec.name, n: head.count })} onDragOver={(e) => { e.preventDefault(); e.dataTransfer.dropEffect = 'move'; }} onDrop={(e) => { e.preventDefault(); onDropCard(e.dataTransfer.getData('text/plain')); }}>
      <header>
        <h2>
          {spec.name} <span className="figure muted">{head.count}</span>
        </h2>
        <p className="muted small" title={head.sums.map((s) => exactMoney(s, lang)).join('\n')}>
          {sums.length > 0 ? sums.map((s) => shortMoney(s, lang)).join(' · ') : k('empty.value')}
          {head.sums.length > sums.length && ` +${head.sums.length - sums.length}`}
        </p>
      </header>
      <div className="column-body" ref={body} tabIndex={0} role="region" aria-label={t('board.cards', { stage: spec.name })} aria-busy={state.loading}>
        {state.error && <Problem problem={state.error} retry={onRetry} />}
        {cards.length > 0 ? (
          <ul style={{ height: cards.length * PITCH }} onFocus={(e) => setKept((e.target as HTMLElement).closest('li')?.dataset['id'] ?? '')} onBlur={() => setKept('')}>
            {drawn.map(({ card, i }) => (
              <CardItem key={card.id} card={card} top={i * PITCH} at={i + 1} of={Math.max(head.count, cards.length)} pending={card.id === coming?.id} onDrag={onDrag} onOpen={onOpen} nameOf={nameOf} order={orderOf(card)} onAsk={onAsk} />
            ))}
          </ul>
        ) : (
          <p className="muted small column-empty">{state.ready ? t('board.none') : state.error ? '' : k('loading')}</p>
        )}
        {state.cursor && (
          <Button block loading={state.loading} onClick={onMore}>
            {t('board.more', { shown: state.cards.length, n: Math.max(head.count, state.cards.length) })}
          </Button>
        )}
      </div>
    </section>
  );
}

interface CardProps {
  card: Card;
  top: number;
  at: number;
  of: number;
  pending: boolean;
  onDrag: (card: Card | undefined) => void;
  onOpen: (id: string) => void;
  nameOf: (stage: string, track?: string) => string;
  order: readonly string[];
  onAsk: (card: Card, ask: Ask, to: string) => void;
}

function CardItem({ card, top, at, of, pending, onDrag, onOpen, nameOf, order, onAsk }: CardProps) {
  const t = useWords(words);
  const k = useKit();
  const items = useMoves(card, order, nameOf);
  return (
    <li
      className="board-card"
      data-id={card.id}
      data-pending={pending || undefined}
      style={{ top }}
      aria-posinset={at}
      aria-setsize={of}
      draggable={items.length > 0}
      onDragStart={(e) => {
        e.dataTransfer.setData('text/plain', card.id);
        e.dataTransfer.effectAllowed = 'move';
        onDrag(card);
      }}
      onDragEnd={() => onDrag(undefined)}
    >
      <div className="card-top">
        <Link
          to={`/projects/${card.id}`}
          title={`${card.code} ${card.name}`}
          draggable={false}
          onClick={(e) => {
            if (e.metaKey || e.ctrlKey || e.shiftKey) return;
            e.preventDefault();
            onOpen(card.id);
          }}
        >
          {card.name}
        </Link>
        {items.length > 0 && (
          <ActionMenu
            items={items.map(({ key, label, danger }) => ({ key, label, danger: danger ?? false }))}
            onChoose={(key) => {
              const way = items.find((x) => x.key === key);
              if (way) onAsk(card, way.ask, way.to);
            }}
          >
            <Button id={`move-${card.id}`} size="small" type="text" icon={<DragOutlined />} aria-label={t('board.move', { name: card.name })} />
          </ActionMenu>
        )}
      </div>
      <div className="muted small clip">{card.investor_name || card.code}</div>
      <div className="card-line small">
        <Money amount={card.total_investment} />
      </div>
      <div className="card-line small">
        <span className="muted clip">{card.owner_name || card.unit_name || k('unknown.value')}</span>
        <span className="muted whole">
          {t('in.stage')} <InStage project={card} />
        </span>
      </div>
      <div className="card-marks small">
        <DueMark project={card} />
        {card.stage.includes('.') && <span className="muted">{nameOf(card.stage, card.track)}</span>}
        {card.kind === 'expansion' && <span className="muted">{t('kind.expansion')}</span>}
        {card.missing > 0 && <span className="warn">{t('missing.n', { n: card.missing })}</span>}
        {pending && <span className="muted">{t('board.pending')}</span>}
      </div>
    </li>
  );
}

interface Way {
  key: string;
  label: string;
  ask: Ask;
  to: string;
  danger?: boolean;
}

/** Where a card may go, as the menu says it; every drag has its line here. */
function useMoves(card: Card, order: readonly string[], nameOf: (stage: string, track?: string) => string): Way[] {
  const t = useWords(words);
  const { can } = useSession();
  const at = order.indexOf(card.stage);
  const next = order[at + 1];
  const signed = CHAIN.indexOf(mainOf(card.stage) as (typeof CHAIN)[number]) >= CHAIN.indexOf('signed');
  const ways: Way[] = [];
  if (at < 0) return ways;
  if (next && can('pipeline.advance')) ways.push({ key: 'advance', label: t('move.advance', { stage: nameOf(next, card.track) }), ask: 'advance', to: next });
  if (can('pipeline.setback')) {
    for (const to of order.slice(0, at).toReversed()) ways.push({ key: `back.${to}`, label: t('move.setback.to', { stage: nameOf(to, card.track) }), ask: 'setback', to });
  }
  if (can('pipeline.calloff')) {
    if (next) ways.push({ key: 'shelved', label: t('move.shelved'), ask: 'shelved', to: 'shelved' });
    ways.push(signed ? { key: 'terminated', label: t('move.terminated'), ask: 'terminated', to: 'terminated', danger: true } : { key: 'lost', label: t('move.lost'), ask: 'lost', to: 'lost', danger: true });
  }
  return ways;
}


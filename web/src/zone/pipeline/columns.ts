import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ProblemError } from '../../kit/api';
import { aborted, asProblem } from '../../kit/load';
import { listProjects } from './api';
import { type Card, cardOf, type ColumnSpec, type Loaded, refreshed, withPage, without } from './board';

/** A column as it is loaded. */
export interface ColumnState extends Loaded {
  loading: boolean;
  /** Whether its first page has arrived. */
  ready: boolean;
  error: ProblemError | undefined;
}

const NOTHING: ColumnState = { cards: [], cursor: '', loading: true, ready: false, error: undefined };
const PAGE = 50;

type State = Readonly<Record<string, ColumnState>>;

/** Loads the columns of a board page by page and keeps them as others change them. only names the one column that is shown. */
export function useColumns(specs: readonly ColumnSpec[], filter: Record<string, string | string[]>, only: string | undefined) {
  const [state, setState] = useState<State>({});
  const latest = useRef(state);
  latest.current = state;
  const key = JSON.stringify([filter, specs.map((c) => c.stages)]);
  const round = useRef(new AbortController());

  const patch = useCallback((id: string, change: (now: ColumnState) => ColumnState) => setState((s) => ({ ...s, [id]: change(s[id] ?? NOTHING) })), []);
  const fetchPage = useCallback(
    async (spec: ColumnSpec, cursor: string, take: (now: ColumnState, cards: Card[], next: string) => Loaded) => {
      const { signal } = round.current;
      patch(spec.id, (now) => ({ ...now, loading: true, error: undefined }));
      try {
        const page = await listProjects({ ...filter, stage: spec.stages, exact: true, sort: '-updated_at', limit: PAGE, cursor }, signal);
        if (signal.aborted) return;
        const cards = (page.items ?? []).map(cardOf);
        patch(spec.id, (now) => ({ ...take(now, cards, page.next_cursor ?? ''), loading: false, ready: true, error: undefined }));
      } catch (error) {
        if (!signal.aborted && !aborted(error)) patch(spec.id, (now) => ({ ...now, loading: false, error: asProblem(error) }));
      }
    },
    [key, patch],
  );
  const first = useCallback((spec: ColumnSpec) => fetchPage(spec, '', (_, cards, cursor) => ({ cards, cursor })), [fetchPage]);

  // Other filters are another board; of a phone only the column that is shown is fetched.
  const shownFor = useRef('');
  useEffect(() => {
    const anew = shownFor.current !== key;
    if (anew) {
      shownFor.current = key;
      round.current.abort();
      round.current = new AbortController();
      setState({});
    }
    for (const spec of specs) if ((only === undefined || only === spec.id) && (anew || !latest.current[spec.id]?.ready)) void first(spec);
  }, [key, only, first]);
  useEffect(() => () => round.current.abort(), []);

  return useMemo(() => {
    const find = (id: string): Card | undefined => Object.values(latest.current).flatMap((c) => c.cards.find((x) => x.id === id) ?? [])[0];
    const holding = (stage: string) => specs.find((c) => c.stages.includes(stage));
    return {
      of: (id: string) => state[id] ?? NOTHING,
      find,
      more: (id: string) => {
        const spec = specs.find((c) => c.id === id);
        const now = latest.current[id];
        if (spec && now?.cursor && !now.loading) void fetchPage(spec, now.cursor, withPage);
      },
      reload: (id?: string) => {
        for (const spec of specs) if ((!id || spec.id === id) && (only === undefined || only === spec.id)) void first(spec);
      },
      /** Projects that somebody changed, with the stage they stand in now. */
      refresh: (changes: ReadonlyMap<string, string>) => {
        const ids = new Set(changes.keys());
        const touched = new Set([...changes].flatMap(([id, stage]) => [holding(stage)?.id, holding(find(id)?.stage ?? '')?.id]));
        for (const spec of specs) {
          if (!latest.current[spec.id]?.ready) continue;
          if (touched.has(spec.id)) void fetchPage(spec, '', (now, cards, cursor) => refreshed(now, cards, cursor, ids));
          else patch(spec.id, (now) => ({ ...now, ...without(now, ids) }));
        }
      },
      /** Puts a card where it belongs now, on top. */
      place: (card: Card) => {
        const gone = new Set([card.id]);
        const home = holding(card.stage)?.id;
        setState((s) => Object.fromEntries(Object.entries(s).map(([id, c]) => [id, id === home && c.ready ? { ...c, ...without(c, gone), cards: [card, ...without(c, gone).cards] } : { ...c, ...without(c, gone) }])));
      },
    };
  }, [state, specs, only, first, fetchPage, patch]);
}

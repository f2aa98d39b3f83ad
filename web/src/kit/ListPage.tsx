import { Button, Drawer } from 'antd';
import type { MouseEvent, ReactNode } from 'react';
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router';
import { activeFilters, type Filters, type FilterSpec, queryOf, readFilters, writeFilters } from './address';
import { type Load, useLoad } from './load';
import { useKit } from './locale';
import { Empty, Loading, Problem } from './notices';
import { useTitle } from './title';
import type { Page } from './types';

/** The filters of the address, and how to change them. */
export function useFilters<S extends FilterSpec>(spec: S) {
  const [search, setSearch] = useSearchParams();
  const filters = readFilters(spec, search);
  return {
    filters,
    active: activeFilters(spec, filters),
    sort: search.get('sort') ?? '',
    cursor: search.get('cursor') ?? '',
    open: search.get('open') ?? '',
    change: (patch: Partial<Filters<S>>) => setSearch((now) => writeFilters(spec, now, patch)),
    setSort: (sort: string) =>
      setSearch((now) => {
        const next = writeFilters(spec, now, {});
        next.set('sort', sort);
        return next;
      }),
    setOpen: (id: string) =>
      setSearch(
        (now) => {
          const next = new URLSearchParams(now);
          if (id) next.set('open', id);
          else next.delete('open');
          return next;
        },
        { replace: Boolean(search.get('open')) === Boolean(id) },
      ),
    clear: () =>
      setSearch((now) => {
        const next = new URLSearchParams([...now].filter(([name]) => name === 'sort' || name === 'view'));
        if (now.has('v')) next.set('v', 'all'); // not back to the default view
        return next;
      }),
  };
}

/** What a list shows: its filters as the API wants them, and the rows of the page one is at. */
export function useRows<S extends FilterSpec, T>(spec: S, list: ListState<S>, path: string, fetcher: (query: object, signal: AbortSignal) => Promise<Page<T>>, { sort = '', wanted = true }: { sort?: string; wanted?: boolean } = {}) {
  const filter = queryOf(spec, list.filters);
  const query = { ...filter, sort: list.sort || sort, cursor: list.cursor, limit: 50 };
  const load = useLoad(wanted ? `${path}?${JSON.stringify(query)}` : null, (signal) => fetcher(query, signal));
  return { filter, load };
}

/** What useFilters gives. */
export type ListState<S extends FilterSpec> = ReturnType<typeof useFilters<S>>;

/** A link to a row's page that opens the drawer instead, unless a new tab is wanted. */
export function RowLink({ to, onPeek, children }: { to: string; onPeek: () => void; children: string }) {
  return (
    <Link
      className="clamp"
      title={children}
      to={to}
      onClick={(e: MouseEvent) => {
        if (e.metaKey || e.ctrlKey || e.shiftKey) return;
        e.preventDefault();
        onPeek();
      }}
    >
      {children}
    </Link>
  );
}

/** The drawer beside a list: the row the address names, and a way to its page. */
export function PeekDrawer({ id, to, title, width = 560, onClose, children }: { id: string; to: string; title: string; width?: number; onClose: () => void; children: ReactNode }) {
  const k = useKit();
  return (
    <Drawer
      open={id !== ''}
      onClose={onClose}
      size={`min(${width}px, 100vw)`}
      title={title}
      destroyOnHidden
      extra={
        <Link to={to}>
          <Button tabIndex={-1}>{k('open.page')}</Button>
        </Link>
      }
    >
      {id && children}
    </Drawer>
  );
}

/** Previous and next page. The way back is remembered with the address; a shared link offers the first page instead. */
export function Pager({ next }: { next: string | undefined }) {
  const k = useKit();
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const location = useLocation();
  const cursor = search.get('cursor') ?? '';
  const back = (location.state as { back?: string[] } | null)?.back;
  const go = (to: string, trail: string[]) => {
    const params = new URLSearchParams(search);
    params.delete('open');
    if (to) params.set('cursor', to);
    else params.delete('cursor');
    void navigate({ search: params.toString() }, { state: { back: trail } });
    window.scrollTo(0, 0);
  };
  if (!cursor && !next) return null;
  return (
    <nav className="pager" aria-label={`${k('page.previous')} / ${k('page.next')}`}>
      {cursor && !back?.length && <Button onClick={() => go('', [])}>{k('page.first')}</Button>}
      {back && back.length > 0 && <Button onClick={() => go(back.at(-1) ?? '', back.slice(0, -1))}>{k('page.previous')}</Button>}
      {next && <Button onClick={() => go(next, [...(back ?? []), cursor])}>{k('page.next')}</Button>}
    </nav>
  );
}

interface FrameProps {
  title: string;
  /** How many there are in all, when known. */
  count?: number | undefined;
  actions?: ReactNode;
  /** Saved views and manners of display. */
  tabs?: ReactNode;
  /** The filter row. */
  filters?: ReactNode;
  /** The filters in words, told to everyone. */
  words?: readonly string[] | undefined;
  onClear?: () => void;
  /** Sums over everything the filters let through. */
  totals?: ReactNode;
}

interface Props<T> extends FrameProps {
  load: Load<Page<T>>;
  /** Shown when there is nothing and nothing is filtered. */
  empty: ReactNode;
  children: (rows: readonly T[]) => ReactNode;
}

/** What stands above every list, however its rows are shown. */
export function ListFrame({ title, count, actions, tabs, filters, words = [], onClear, totals, children }: FrameProps & { children: ReactNode }) {
  const k = useKit();
  useTitle(title);
  return (
    <>
      <PageHead title={title} note={count === undefined ? undefined : k('total.count', { n: count })} actions={actions} />
      {tabs}
      {filters && (
        <div className="filters" role="search" aria-label={title}>
          {filters}
        </div>
      )}
      {(words.length > 0 || totals) && (
        <div className="summary">
          {words.length > 0 && (
            <p className="filter-words" role="status">
              {k('filter.words', { words: words.join(k('filter.join')) })}{' '}
              <Button type="link" className="inline" onClick={onClear}>
                {k('filter.clear')}
              </Button>
            </p>
          )}
          {totals}
        </div>
      )}
      {children}
    </>
  );
}

/** The manner of every list: title and count, filters in words, rows, totals, pages; and every state it can be in. */
export function ListPage<T>({ load, empty, children, ...frame }: Props<T>) {
  const k = useKit();
  const rows = load.data?.items ?? [];
  return (
    <ListFrame {...frame}>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={10} />
      ) : rows.length === 0 ? (
        (frame.words?.length ?? 0) > 0 ? (
          <Empty title={k('filtered.nothing')} action={<Button onClick={frame.onClear}>{k('filter.clear')}</Button>} />
        ) : (
          empty
        )
      ) : (
        <div aria-busy={load.loading}>
          {children(rows)}
          <Pager next={load.data.next_cursor || undefined} />
        </div>
      )}
    </ListFrame>
  );
}

/** Title, a note beside it and what can be done. */
export function PageHead({ title, note, actions, children }: { title: ReactNode; note?: ReactNode; actions?: ReactNode; children?: ReactNode }) {
  return (
    <header className="page-head">
      <div>
        <h1>{title}</h1>
        {note && <span className="muted">{note}</span>}
        {children}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </header>
  );
}

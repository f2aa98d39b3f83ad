import { CaretDownOutlined, CaretUpOutlined } from '@ant-design/icons';
import type { MouseEvent, ReactNode } from 'react';
import { useKit } from './locale';
import { usePhone } from './theme';

/** One column of a table. */
export interface Column<T> {
  id: string;
  title: string;
  /** The API's name of the sort, when it can be sorted by. */
  sort?: string;
  /** Right-aligned figures. */
  numeric?: boolean;
  cell: (row: T) => ReactNode;
}

interface Props<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** The API sort in force, "-" in front when descending. */
  sort?: string | undefined;
  onSort?: (sort: string) => void;
  /** Opens a row; not called for clicks on links, buttons or with a modifier. */
  onOpen?: (row: T) => void;
  opened?: string | undefined;
  /** The keys of the rows that are chosen; with onSelect each row can be. */
  selected?: ReadonlySet<string> | undefined;
  onSelect?: ((selected: ReadonlySet<string>) => void) | undefined;
  /** What a row is called, for its box. */
  nameOf?: (row: T) => string;
  /** How a row looks on a phone; without it the table scrolls sideways. */
  card?: (row: T) => ReactNode;
}

/** A real table: caption, sticky header, first column kept in view, sorts told to screen readers. On a phone, a list of cards. */
export function DataTable<T>({ caption, columns, rows, rowKey, sort, onSort, onOpen, opened, selected, onSelect, nameOf, card }: Props<T>) {
  const k = useKit();
  const phone = usePhone();
  if (phone && card) {
    return (
      <ul className="cards" aria-label={caption}>
        {rows.map((row) => (
          <li key={rowKey(row)} className={onOpen ? 'clickable' : undefined} onClick={(e) => openFrom(e, onOpen, row)}>
            {card(row)}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={caption}>
      <table className="data">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map((c, i) => (
              <th key={c.id} scope="col" className={c.numeric ? 'numeric' : undefined} aria-sort={ariaSort(c, sort)}>
                {i === 0 && selected && onSelect && <input type="checkbox" className="pick" aria-label={k('select.all')} checked={rows.length > 0 && rows.every((r) => selected.has(rowKey(r)))} onChange={(e) => onSelect(new Set(e.target.checked ? rows.map(rowKey) : []))} />}
                {c.sort && onSort ? <SortButton column={c} sort={sort} onSort={onSort} /> : c.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = rowKey(row);
            return (
              <tr key={key} className={onOpen ? 'clickable' : undefined} data-opened={opened === key || undefined} onClick={(e) => openFrom(e, onOpen, row)}>
                {columns.map((c, i) =>
                  i === 0 ? (
                    <th key={c.id} scope="row" className={c.numeric ? 'numeric' : undefined}>
                      {selected && onSelect ? (
                        <div className="picked">
                          <input type="checkbox" className="pick" aria-label={k('select.row', { name: nameOf?.(row) ?? key })} checked={selected.has(key)} onChange={() => onSelect(toggled(selected, key))} />
                          <div>{c.cell(row)}</div>
                        </div>
                      ) : (
                        c.cell(row)
                      )}
                    </th>
                  ) : (
                    <td key={c.id} className={c.numeric ? 'numeric' : undefined}>
                      {c.cell(row)}
                    </td>
                  ),
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function toggled(selected: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(selected);
  if (!next.delete(key)) next.add(key);
  return next;
}

function openFrom<T>(event: MouseEvent, onOpen: ((row: T) => void) | undefined, row: T): void {
  if (!onOpen || event.defaultPrevented || event.metaKey || event.ctrlKey) return;
  if ((event.target as HTMLElement).closest('a,button,input,label')) return;
  if (window.getSelection()?.toString()) return; // the person is copying text
  onOpen(row);
}

function ariaSort<T>(column: Column<T>, sort: string | undefined): 'ascending' | 'descending' | undefined {
  if (!column.sort || !sort) return undefined;
  if (sort === column.sort) return 'ascending';
  return sort === '-' + column.sort ? 'descending' : undefined;
}

function SortButton<T>({ column, sort, onSort }: { column: Column<T>; sort: string | undefined; onSort: (sort: string) => void }) {
  const k = useKit();
  const name = column.sort ?? '';
  const state = ariaSort(column, sort);
  const next = sort === '-' + name ? name : '-' + name;
  return (
    <button type="button" className="sort" title={k('sort.by', { column: column.title })} onClick={() => onSort(next)}>
      {column.title}
      <span aria-hidden="true" className="arrows" data-state={state}>
        {state === 'ascending' ? <CaretUpOutlined /> : <CaretDownOutlined />}
      </span>
    </button>
  );
}

import { Link } from 'react-router';
import { Day, When } from '../../kit/figures';
import { useWords } from '../../kit/words';
import type { Notice } from './api';
import { words } from './words';

/** Notices, newest first; following one marks it as read. */
export function NoticeList({ items, onFollow }: { items: readonly Notice[]; onFollow: (n: Notice) => void }) {
  const t = useWords(words);
  return (
    <ul className="cards notices" aria-label={t('notices')}>
      {items.map((n) => (
        <li key={n.id} data-unread={n.read_at === 0 || undefined}>
          <div className="card-line">
            <span>
              {n.read_at === 0 && <span className="sr-only">{t('unread.mark')} </span>}
              {n.headline}
              {n.urgent && <span className="bad"> {t('urgent')}</span>}
            </span>
            <When at={n.at} minute />
          </div>
          {n.gone ? (
            <p className="muted tight">{t('gone')}</p>
          ) : n.path ? (
            <Link className="strong" to={n.path} onClick={() => onFollow(n)}>
              {n.title || n.headline}
              {n.code && <span className="muted"> {n.code}</span>}
            </Link>
          ) : (
            <span className="strong">{n.title}</span>
          )}
          {(n.actor_name || n.due_on || n.note) && (
            <p className="muted small tight">
              {n.actor_name && <span>{t('by', { name: n.actor_name })} </span>}
              {n.due_on && (
                <span>
                  {t('due')} <Day on={n.due_on} />{' '}
                </span>
              )}
              {n.note}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

import { Input, type InputRef, Modal } from 'antd';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { usePlaces } from './AppShell';
import { get } from './api';
import { aborted } from './load';
import { useKit } from './locale';
import { useSession } from './session';
import type { Page } from './types';

interface Hit {
  group: string;
  name: string;
  note: string;
  to: string;
}

interface Found {
  id: string;
  name: string;
  code?: string;
  credit_code?: string;
}

/** ⌘K: finds projects, organisations and sections; arrows choose, Enter opens. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const k = useKit();
  const navigate = useNavigate();
  const { can } = useSession();
  const places = usePlaces();
  const [q, setQ] = useState('');
  const [found, setFound] = useState<Hit[]>([]);
  const [asked, setAsked] = useState('');
  const [at, setAt] = useState(0);
  const input = useRef<InputRef>(null);
  const listID = useId();

  useEffect(() => {
    const text = q.trim();
    setAt(0);
    if (text.length < 1) {
      setFound([]);
      setAsked('');
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const ask = async (permission: string, path: string, group: string, to: string): Promise<Hit[]> => {
        if (!can(permission)) return [];
        const page = await get<Page<Found>>(path, { q: text, limit: 6 }, controller.signal);
        return (page.items ?? []).map((f) => ({ group, name: f.name, note: f.code ?? f.credit_code ?? '', to: `${to}/${f.id}` }));
      };
      Promise.all([ask('pipeline.read', '/projects', k('search.projects'), '/projects'), ask('party.read', '/parties', k('search.parties'), '/parties')])
        .then((lists) => {
          setFound(lists.flat());
          setAsked(text);
        })
        .catch((error: unknown) => {
          if (!aborted(error)) setAsked(text);
        });
    }, 180);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [q, can, k]);

  const pages = places.map((p) => ({ group: k('search.pages'), name: k(p.word), note: '', to: p.to })).filter((p) => !q.trim() || p.name.toLowerCase().includes(q.trim().toLowerCase()));
  const hits: Hit[] = [...found, ...pages];
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    void navigate(hit.to);
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown') setAt((i) => Math.min(i + 1, hits.length - 1));
    else if (e.key === 'ArrowUp') setAt((i) => Math.max(i - 1, 0));
    else if (e.key === 'Enter' && !e.nativeEvent.isComposing) open(hits[at]);
    else return;
    e.preventDefault();
  };
  return (
    <Modal open onCancel={onClose} footer={null} closable={false} title={<span className="sr-only">{k('search')}</span>} className="palette" afterOpenChange={(opened) => opened && input.current?.focus()}>
      <Input ref={input} size="large" value={q} onChange={(e) => setQ(e.target.value)} onKeyDown={onKey} placeholder={k('search.hint')} aria-label={k('search.hint')} role="combobox" aria-expanded={hits.length > 0} aria-controls={listID} aria-activedescendant={hits[at] ? `${listID}-${at}` : undefined} />
      <ul role="listbox" id={listID} aria-label={k('search')}>
        {hits.map((hit, i) => (
          <li key={hit.to} id={`${listID}-${i}`} role="option" aria-selected={i === at} onMouseEnter={() => setAt(i)} onClick={() => open(hit)}>
            <span className="clip">{hit.name}</span>
            <span className="muted small">{hit.note || hit.group}</span>
          </li>
        ))}
      </ul>
      <p role="status" className="muted small">
        {asked && found.length === 0 ? k('search.nothing', { q: asked }) : ''}
      </p>
    </Modal>
  );
}

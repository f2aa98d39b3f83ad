import { Form, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { aborted } from '../../kit/load';
import { useWords } from '../../kit/words';
import { type Found, findObjects } from './api';
import { words } from './words';

/** A project or a firm, found by its name. */
export function SubjectSelect({ value, onChange, known, id, firms }: { value?: string; onChange?: (object: string) => void; known?: Found | undefined; id?: string; firms?: boolean }) {
  const t = useWords(words);
  const [q, setQ] = useState('');
  const [found, setFound] = useState<Found[]>([]);
  const chosen = useRef<Found | undefined>(known);
  useEffect(() => {
    if (!q.trim()) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      findObjects(q.trim(), controller.signal).then((all) => setFound(firms ? all.filter((f) => f.object.startsWith('party.')) : all), (error: unknown) => !aborted(error) && setFound([]));
    }, 200);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [q, firms]);
  const all = [...(chosen.current && chosen.current.object === value ? [chosen.current] : known && known.object === value ? [known] : []), ...found.filter((f) => f.object !== value)];
  return (
    <Select
      {...(id ? { id } : {})}
      showSearch={{ filterOption: false, onSearch: setQ }}
      allowClear
      value={value || undefined}
      placeholder={firms ? t('firm.search') : t('subject.search')}
      {...(firms ? { 'aria-label': t('firm.search') } : {})}
      notFoundContent={q.trim() ? t('subject.nothing') : t('subject.type')}
      onChange={(object?: string) => {
        chosen.current = all.find((f) => f.object === object);
        onChange?.(object ?? '');
      }}
      options={all.map((f) => ({ value: f.object, label: f.name, note: f.note, firm: f.object.startsWith('party.') }))}
      optionRender={(o) => (
        <span>
          {o.data.label} <span className="muted small">{o.data.firm ? t('subject.firm') : t('subject.project')} {o.data.note}</span>
        </span>
      )}
    />
  );
}

/** SubjectSelect as a field of a form. */
export function SubjectField({ name, label, known, needed }: { name: string; label: string; known?: Found | undefined; needed?: string }) {
  return (
    <Form.Item name={name} label={label} rules={needed ? [{ required: true, message: needed }] : []}>
      <SubjectSelect known={known} />
    </Form.Item>
  );
}

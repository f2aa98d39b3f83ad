import type { Entry } from '../../infra/journal/api';
import { useKit } from '../../kit/locale';
import { useWords } from '../../kit/words';
import { words } from './words';

/** What an act of joint work was about, for a timeline. */
export function useTell(): (entry: Entry) => string {
  const t = useWords(words);
  const k = useKit();
  return (entry) => {
    const d = (entry.detail ?? {}) as Record<string, unknown>;
    const text = (name: string) => (typeof d[name] === 'string' ? d[name] : '');
    const fields = Array.isArray(d['fields']) ? d['fields'].map((f) => t.maybe('field.', String(f))).join(k('list.join')) : '';
    const late = d['late'] === true ? t('late.short') : '';
    return [text('title'), entry.verb.startsWith('work.note') ? t.maybe('note.', text('kind')) : '', text('minutes_due') || text('due_on') || text('on'), late, fields].filter(Boolean).join(' ');
  };
}

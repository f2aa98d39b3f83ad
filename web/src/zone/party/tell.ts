import type { Entry } from '../../infra/journal/api';
import { useKit } from '../../kit/locale';
import { useWords } from '../../kit/words';
import { words } from './words';

/** What an act on a party was about, for a timeline: the fields it touched. */
export function useTell(): (entry: Entry) => string {
  const t = useWords(words);
  const k = useKit();
  return (entry) => {
    const fields = ((entry.detail ?? {}) as { fields?: unknown }).fields;
    return Array.isArray(fields) ? fields.map((f) => t.maybe('field.', String(f))).join(k('list.join')) : '';
  };
}

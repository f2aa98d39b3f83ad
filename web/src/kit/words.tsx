import { createContext, useContext, useMemo } from 'react';

/** The two languages of the pages; zh is the default. */
export type Lang = 'zh' | 'en';

/** A dictionary of one folder: the same keys in both languages. */
export interface Dictionary<K extends string> {
  readonly zh: Readonly<Record<K, string>>;
  readonly en: Readonly<Record<K, string>>;
}

/** What may stand in a `{place}` of a text. */
export type Params = Readonly<Record<string, string | number>>;

/** Says a key in the reader's language. */
export interface Say<K extends string> {
  (key: K, params?: Params): string;
  /** Says prefix+value where the dictionary has it, else the value itself: for values the server may add to. */
  maybe(prefix: string, value: string, params?: Params): string;
}

/** Ties a folder's two locale files together; en must have exactly zh's keys. */
export function dictionary<K extends string>(zh: Readonly<Record<K, string>>, en: Readonly<Record<NoInfer<K>, string>>): Dictionary<K> {
  return { zh, en };
}

/**
 * Fills `{name}` from params; `{n|project|projects}` chooses by whether n is 1.
 */
export function fill(text: string, params?: Params): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = params?.[name];
    if (value === undefined) return whole;
    if (one === undefined || many === undefined) return String(value);
    return Number(value) === 1 ? one : many;
  });
}

/** Returns the sayer of dict in lang. */
export function sayer<K extends string>(dict: Dictionary<K>, lang: Lang): Say<K> {
  const texts: Readonly<Record<string, string>> = dict[lang];
  const say = (key: K, params?: Params) => fill(texts[key] ?? key, params);
  return Object.assign(say, { maybe: (prefix: string, value: string, params?: Params) => fill(texts[prefix + value] ?? value, params) });
}

/** The reader's language. */
export const LangContext = createContext<Lang>('zh');

/** The reader's language. */
export function useLang(): Lang {
  return useContext(LangContext);
}

/** The sayer of dict in the reader's language. */
export function useWords<K extends string>(dict: Dictionary<K>): Say<K> {
  const lang = useLang();
  return useMemo(() => sayer(dict, lang), [dict, lang]);
}

/** The reader's half of a source that names itself in both languages, “zh / en”, clause by clause; any other stays whole. */
export function sourceIn(source: string, lang: Lang): string {
  const clauses = source.split('；').map((c) => c.split(' / '));
  if (!clauses.some((c) => c.length === 2)) return source;
  if (lang === 'zh') return clauses.map((c) => c[0]).join('；');
  const english = clauses.flatMap((c) => (c.length === 2 ? [c[1]] : []));
  return english.join('; ');
}

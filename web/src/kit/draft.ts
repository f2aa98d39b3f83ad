/** The name under which this tab keeps a form that is not sent yet: of one account, so that nobody finds another's. */
export const draftName = (form: string, account: string | undefined) => `sente.draft.${form}.${account ?? ''}`;

/** What was kept under name; undefined when nothing was, or nothing that can be read. */
export function readDraft<T>(name: string): T | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? '') as T;
  } catch {
    return undefined;
  }
}

/** Throws every draft away: whoever signs out leaves nothing in the tab. */
export function dropDrafts(store: Storage): void {
  const names = Array.from({ length: store.length }, (_, i) => store.key(i) ?? '');
  for (const name of names) if (name.startsWith('sente.draft.')) store.removeItem(name);
}

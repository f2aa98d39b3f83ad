import type { Say } from '../../kit/words';
import type { Waiting } from '../pipeline/clock/api';
import type { words } from './words';

type Key = keyof (typeof words)['zh'];

/** What the next step of a project lacks, named; the list may be long, so only the first are. */
export function missingText(w: Pick<Waiting, 'gate' | 'next'>, t: Say<Key>, most = 3): string {
  const open = (w.gate ?? []).filter((i) => !i.met);
  if (!w.next) return '';
  if (open.length === 0) return t('missing.none');
  const names = open.slice(0, most).map((i) => i.label);
  return t('missing.n', { n: open.length, what: names.join(t('list.join')) + (open.length > most ? '…' : '') });
}

/** Whom a project waits for, in words; "" for nobody. */
export function waitsText(w: Pick<Waiting, 'waits_on' | 'owner_name' | 'unit_name'>, t: Say<Key>): string {
  if (w.waits_on === '') return '';
  if (w.waits_on === 'owner') return w.owner_name ? t('waits.owner', { name: [w.owner_name, w.unit_name].filter(Boolean).join(' · ') }) : t('waits.owner.none');
  return t(`waits.${w.waits_on}`, { unit: w.unit_name });
}

import { get } from '../../kit/api';
import { useLoad } from '../../kit/load';
import { useSession } from '../../kit/session';
import type { Page, Schemas } from '../../kit/types';
import { useLang } from '../../kit/words';
import { type Campaign, type Dictionary, getCampaigns, getMethods } from './api';

interface Unit {
  id: string;
  name_zh: string;
  name_en: string;
}

/** The units of the zone as choices, and their names by id. */
export function useDepartments(): { choices: { value: string; label: string }[]; nameOf: (id: string) => string } {
  const lang = useLang();
  const units = useLoad('units', (signal) => get<Page<Unit>>('/units', undefined, signal)).data?.items ?? [];
  const named = (u: Unit) => (lang === 'zh' ? u.name_zh : u.name_en || u.name_zh);
  return {
    choices: units.map((u) => ({ value: u.id, label: named(u) })),
    nameOf: (id) => {
      const unit = units.find((u) => u.id === id);
      return unit ? named(unit) : id;
    },
  };
}

/** The officials of a unit who use the system, as choices; of every unit when unit is "". */
export function useOfficials(unit: string): { value: string; label: string; official: string; unit: string }[] {
  const { session } = useSession();
  const load = useLoad(session ? `officials?${unit}` : null, (signal) => get<Page<Schemas['OfficeOfficial']>>('/officials', { limit: 200, unit }, signal));
  return (load.data?.items ?? []).filter((o) => o.account).map((o) => ({ value: o.account, label: `${o.name} · ${o.position}`, official: o.id, unit: o.unit }));
}

/** Methods, kinds of activity and terms. */
export function useDictionary(): { dictionary: Dictionary | undefined; methodName: (id: string) => string; kindName: (id: string) => string; reload: () => void } {
  const lang = useLang();
  const load = useLoad('methods', getMethods);
  const named = (list: readonly { id: string; zh: string; en: string }[] | null | undefined, id: string) => {
    const found = (list ?? []).find((x) => x.id === id);
    return found ? (lang === 'zh' ? found.zh : found.en || found.zh) : id;
  };
  return { dictionary: load.data, methodName: (id) => named(load.data?.items, id), kindName: (id) => named(load.data?.kinds, id), reload: load.reload };
}

/** The campaigns of the zone. */
export function useCampaigns(): { campaigns: readonly Campaign[]; campaignName: (id: string) => string; reload: () => void } {
  const { can } = useSession();
  const load = useLoad(can('pipeline.read') ? 'campaigns' : null, getCampaigns);
  const campaigns = load.data?.items ?? [];
  return { campaigns, campaignName: (id) => campaigns.find((c) => c.id === id)?.name ?? id, reload: load.reload };
}

/** The platforms of the zone, those that take projects today as choices, and the names of all; nothing to whom they are not shown. */
export function usePlatforms(): { choices: { value: string; label: string }[]; nameOf: (id: string) => string } {
  const lang = useLang();
  const { can } = useSession();
  const all = useLoad(can('platform.read') ? 'platforms' : null, (signal) => get<Page<Schemas['PlatformView']>>('/platforms', { retired: true }, signal)).data?.items ?? [];
  const named = (p: Schemas['PlatformView']) => (lang === 'zh' ? p.name_zh : p.name_en || p.name_zh);
  return {
    choices: all.filter((p) => p.works).map((p) => ({ value: p.id, label: named(p) })),
    nameOf: (id) => {
      const found = all.find((p) => p.id === id);
      return found ? named(found) : id;
    },
  };
}

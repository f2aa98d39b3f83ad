import { get } from '../../kit/api';
import { useLoad } from '../../kit/load';
import { useSession } from '../../kit/session';
import { dayOf } from '../../kit/when';
import { useLang } from '../../kit/words';
import { type Definition, getDefinition, getIndustries, type Industry, type Track } from './api';
import { type Bringer, inForce, type Term } from './brought';
import { trackOf, useTrackList } from './tracks';

export { useUnits } from '../office/lookups';

/** The pipeline's definition: stages, gates, evidence kinds. */
export function useDefinition(): Definition | undefined {
  return useLoad('definition', getDefinition).data;
}

/** The steps that pipelines have within a stage, with every stage's name; undefined until known, empty when that cannot be found out. */
export function useSteps(): readonly { id: string; zh: string; en: string }[] | undefined {
  const load = useLoad('definition', getDefinition);
  return load.data ? (load.data.stages ?? []) : load.error ? [] : undefined;
}

/** Sections and divisions of GB/T 4754-2017. */
export function useIndustries(): readonly Industry[] {
  return useLoad('industries', getIndustries).data?.items ?? [];
}

/** An industry by code, as read. */
export function useIndustryName(): (code: string) => string {
  const lang = useLang();
  const all = useIndustries();
  return (code) => {
    const found = all.find((i) => i.code === code);
    return found ? `${code} ${lang === 'zh' ? found.zh : found.en}` : code;
  };
}

/** The zone's pipelines, their names and their stages. */
export function useTracks(): { tracks: readonly Track[]; nameOf: (id: string) => string; chainOf: (id: string) => readonly { id: string; zh: string; en: string }[] } {
  const lang = useLang();
  const tracks = useTrackList();
  const find = (id: string) => trackOf(tracks, id);
  return {
    tracks,
    nameOf: (id) => {
      const track = find(id);
      return track ? (lang === 'zh' ? track.zh : track.en || track.zh) : id;
    },
    chainOf: (id) => find(id)?.stages ?? [],
  };
}

/** Something a project names by its id. */
interface Named extends Term {
  id: string;
  name?: string;
  name_zh?: string;
  name_en?: string;
  zh?: string;
  en?: string;
  track?: string;
}

/** What a filter or a form offers: the platforms, methods or campaigns of the zone. */
export interface NamedList {
  /** Whether they have been read, or cannot be. */
  ready: boolean;
  items: readonly Named[];
  /** Those that can be chosen today. */
  open: readonly Named[];
  nameOf: (id: string) => string;
}

/** The platforms, methods or campaigns of the zone, also those that have ended; nothing to whom they are not shown. */
export function useNamed(path: '/platforms' | '/methods' | '/campaigns'): NamedList {
  const lang = useLang();
  const { can } = useSession();
  const may = path !== '/platforms' || can('platform.read');
  const load = useLoad(may ? `named:${path}` : null, (signal) => get<{ items: Named[] | null }>(path, path === '/platforms' ? { retired: true } : undefined, signal));
  const items = load.data?.items ?? [];
  const today = dayOf(Date.now());
  return {
    ready: !load.loading,
    items,
    open: items.filter((x) => inForce(x, today)),
    nameOf: (id) => {
      const found = items.find((x) => x.id === id);
      return (lang === 'zh' ? (found?.name_zh ?? found?.zh) : found?.name_en || found?.en || found?.name_zh) || found?.name || id;
    },
  };
}

/** An activity as far as a project needs it: what brought the lead. */
export interface BringingActivity extends Bringer {
  id: string;
  no: string;
  on_date: string;
}

/** The activity of an id; undefined while it is read, null when it is not shown to the reader. */
export function useActivity(id: string): BringingActivity | null | undefined {
  const { can } = useSession();
  const load = useLoad(id && can('work.read') ? `bringing:${id}` : null, (signal) => get<BringingActivity>(`/activities/${id}`, undefined, signal));
  return load.data ?? (load.error || !can('work.read') ? null : undefined);
}

import { get } from '../../kit/api';
import { useLoad } from '../../kit/load';
import { useSession } from '../../kit/session';
import { useLang } from '../../kit/words';
import { type Definition, getDefinition, getIndustries, type Industry, type Track } from './api';
import { trackOf, useTrackList } from './tracks';

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

interface Unit {
  id: string;
  name_zh: string;
  name_en: string;
  kind: string;
}

/** The organisation's units, and their names by id. */
export function useUnits(): { units: readonly Unit[]; nameOf: (id: string) => string } {
  const lang = useLang();
  const units = useLoad('units', (signal) => get<{ items: Unit[] | null }>('/units', undefined, signal)).data?.items ?? [];
  return {
    units,
    nameOf: (id) => {
      const unit = units.find((u) => u.id === id);
      return unit ? (lang === 'zh' ? unit.name_zh : unit.name_en || unit.name_zh) : id;
    },
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
interface Named {
  id: string;
  name?: string;
  name_zh?: string;
  name_en?: string;
  zh?: string;
  en?: string;
}

/** What a filter offers: the platforms, methods or campaigns of the zone; nothing to whom they are not shown. */
export function useNamed(path: '/platforms' | '/methods' | '/campaigns'): { items: readonly Named[]; nameOf: (id: string) => string } {
  const lang = useLang();
  const { can } = useSession();
  const may = path !== '/platforms' || can('platform.read');
  const items = useLoad(may ? `named:${path}` : null, (signal) => get<{ items: Named[] | null }>(path, undefined, signal)).data?.items ?? [];
  return {
    items,
    nameOf: (id) => {
      const found = items.find((x) => x.id === id);
      return (lang === 'zh' ? (found?.name_zh ?? found?.zh) : found?.name_en || found?.en || found?.name_zh) || found?.name || id;
    },
  };
}

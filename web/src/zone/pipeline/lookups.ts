import { get } from '../../kit/api';
import { useLoad } from '../../kit/load';
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

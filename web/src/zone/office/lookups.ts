import { get } from '../../kit/api';
import { useLoad } from '../../kit/load';
import { useLang } from '../../kit/words';

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

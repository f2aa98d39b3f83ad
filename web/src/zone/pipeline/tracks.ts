import { useLoad } from '../../kit/load';
import { useLang, useWords } from '../../kit/words';
import { CHAIN, listTracks, type Stage, type Track } from './api';
import { words } from './words';

/** How long the tracks read once serve every mark on the pages, in ms. */
const FRESH = 60_000;

let read: { at: number; tracks: Promise<readonly Track[]> } | undefined;

function known(): Promise<readonly Track[]> {
  if (!read || Date.now() - read.at > FRESH) {
    const tracks = listTracks().then((page) => page.items ?? []);
    read = { at: Date.now(), tracks };
    tracks.catch(() => (read = undefined));
  }
  return read.tracks;
}

/** Reads the tracks anew the next time they are needed. */
export function forgetTracks(): void {
  read = undefined;
}

/** The tracks in force, read once for all that show a stage. */
export function useTrackList(): readonly Track[] {
  return useLoad('tracks', known).data ?? [];
}

/** The track of an id, '' meaning the general one; undefined while it is read or when there is none. */
export function trackOf(tracks: readonly Track[], id: string): Track | undefined {
  return tracks.find((track) => track.id === (id || 'general'));
}

/** The place in the chain of the stage that a stage is or is a step of, −1 beside it. */
export function rank(stage: string): number {
  return (CHAIN as readonly string[]).indexOf(stage.split('.')[0] ?? '');
}

/** The order in which a track's projects pass the stages, with the one a project stands at; the whole chain while the track is not known. */
export function chainOf(track: Track | undefined, standing: Stage | '' = ''): readonly Stage[] {
  const chain: Stage[] = track?.stages?.length ? track.stages.map((s) => s.id) : [...CHAIN];
  if (standing && rank(standing) >= 0 && !chain.includes(standing)) chain.splice(chain.filter((s) => rank(s) <= rank(standing)).length, 0, standing);
  return chain;
}

/** One place of a track's strip; why is there when the stage does not apply. */
export interface Slot {
  stage: Stage;
  why?: { zh: string; en: string };
}

/** The stages of a track and, in their place, those that do not apply. */
export function slots(track: Track | undefined, standing: Stage | '' = ''): Slot[] {
  const all: Slot[] = chainOf(track, standing).map((stage) => ({ stage }));
  for (const stage of CHAIN) {
    if (!track || all.some((s) => s.stage === stage)) continue;
    const absent = (track.absent ?? []).find((a) => a.stage === stage);
    all.splice(all.filter((s) => rank(s.stage) < rank(stage)).length, 0, { stage, why: { zh: absent?.why_zh ?? '', en: absent?.why_en ?? '' } });
  }
  return all;
}

/** The name of a stage as a track has it; without a track, as the chain or the first track that knows the step has it. */
export function useStageName(): (stage: string, track?: string) => string {
  const tracks = useTrackList();
  const lang = useLang();
  const t = useWords(words);
  return (stage, track) => {
    const own = track === undefined ? undefined : trackOf(tracks, track)?.stages?.find((s) => s.id === stage);
    if (!own && !stage.includes('.')) return t.maybe('stage.', stage);
    const said = own ?? tracks.flatMap((x) => x.stages ?? []).find((s) => s.id === stage);
    return said ? said[lang] : t.maybe('stage.', stage.split('.')[0] ?? stage);
  };
}

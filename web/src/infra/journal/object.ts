const PLACES: Readonly<Record<string, string>> = { 'pipeline.project': '/projects/', 'party.party': '/parties/', 'work.activity': '/activities/', 'intake.run': '/imports/', 'platform.platform': '/platforms/', 'platform.contract': '/contracts/' };

/** The journaled object a text means: itself, or the one whose page's address it is. */
export function objectOf(text: string): string {
  const given = text.trim();
  for (const [kind, place] of Object.entries(PLACES)) {
    const id = given.split(place)[1]?.match(/^[0-9a-z-]{26,36}/)?.[0];
    if (id) return `${kind}/${id}`;
  }
  return given;
}

/** The page of a journaled object, "" when it has none. */
export function pageOf(object: string): string {
  const [kind = '', id = ''] = object.split('/');
  const place = PLACES[kind];
  return place && id ? place + id : '';
}

/** The kind of a journaled object: "pipeline.project". */
export function kindOf(object: string): string {
  return object.split('/')[0] ?? '';
}

/** An object's id shortened for reading. */
export function shortID(object: string): string {
  const id = object.slice(object.indexOf('/') + 1);
  return id.length > 16 ? '…' + id.slice(-8) : id;
}

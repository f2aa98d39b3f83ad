/** The page of a journaled object, "" when it has none. */
export function pageOf(object: string): string {
  const [kind = '', id = ''] = object.split('/');
  const places: Readonly<Record<string, string>> = { 'pipeline.project': '/projects/', 'party.party': '/parties/', 'intake.run': '/imports/' };
  const place = places[kind];
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

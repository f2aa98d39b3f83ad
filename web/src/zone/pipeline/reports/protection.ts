/** Reports without repeats, the newest first; those of one instant stand as they came. */
export function newestFirst<T extends { id: string; reported_at: number }>(reports: readonly T[]): T[] {
  return [...new Map(reports.map((r) => [r.id, r])).values()].toSorted((a, b) => b.reported_at - a.reported_at);
}

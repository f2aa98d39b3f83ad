import type { ProjectValues } from './ProjectForm';

/** How a lead came about, as an address may name it and an activity brings it. */
export const ORIGINS = ['activity', 'platform', 'method', 'campaign'] as const;

/** What of an activity a lead it brought takes over. */
export interface Bringer {
  name: string;
  platform: string;
  method: string;
  campaign: string;
}

/** Something with a first and a last day; "" or nothing: without that end. */
export interface Term {
  valid_from?: string;
  valid_to?: string;
  since_on?: string;
  until_on?: string;
}

/** Whether something is in force on day. */
export function inForce(x: Term, day: string): boolean {
  const until = x.valid_to || x.until_on;
  return (x.valid_from ?? x.since_on ?? '') <= day && (!until || day <= until);
}

/** What an activity fills into a form: only what stands empty there and may still be chosen. */
export function brought(a: Bringer, now: Partial<ProjectValues>, open: (origin: 'platform' | 'method' | 'campaign', id: string) => boolean): Partial<ProjectValues> {
  const filled: Partial<ProjectValues> = now.source ? {} : { source: a.name };
  for (const name of ['platform', 'method', 'campaign'] as const) if (!now[name] && a[name] && open(name, a[name])) filled[name] = a[name];
  return filled;
}

import type { components } from './schema';

/** The bodies of the API by name, generated from its OpenAPI document. */
export type Schemas = components['schemas'];

/** T with some fields told more exactly. */
export type Exactly<T, U> = Omit<T, keyof U> & U;

/** Who is signed in, what they may do and where. */
export type Session = Schemas['AccessSessionBody'];

/** One page of a list. */
export interface Page<T> {
  items: T[] | null;
  next_cursor?: string;
}

/** Who is signed in, what they may do and where. */
export interface Session {
  account: { id: string; name: string; login: string; unit: string; unit_name?: string; roles: string[] | null; lang: string };
  permissions: string[] | null;
  zone: { id: string; name_zh: string; name_en: string; demo: boolean };
  totp: boolean;
  /** Nothing else works until then. */
  must_set_password: boolean;
  /** Nothing else works until then. */
  must_set_totp: boolean;
}

/** One page of a list. */
export interface Page<T> {
  items: T[] | null;
  next_cursor?: string;
}

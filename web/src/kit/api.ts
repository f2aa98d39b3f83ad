/** One refused field: its path in the request, a stable code and a message in the reader's language. */
export interface FieldError {
  field: string;
  code: string;
  message: string;
}

/** A refusal of the API (RFC 9457), or of the network when status is 0. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
    readonly requestID = '',
  ) {
    super(detail || title || code);
  }
}

/** What came back: the body and, for one object, its version tag. */
export interface Reply<T> {
  data: T;
  etag: string;
}

/** How to call. */
export interface CallOptions {
  query?: object | undefined;
  body?: unknown;
  form?: FormData;
  /** The version tag this change was based on. */
  ifMatch?: string | undefined;
  /** Repeating a POST with the same key does it once. */
  key?: string;
  signal?: AbortSignal;
}

/** Every API path starts with this. */
export const API = '/api/v1';

/** The window event that says the session has ended. */
export const SIGNED_OUT = 'sente:signed-out';

/** A fresh key for one submit. */
export function submitKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/**
 * The key of the next try: refused, a corrected form is another submit; where the connection broke off or the
 * server failed, what was sent may have been done, and the next try is the same submit.
 */
export function keyAfter(key: string, error: unknown): string {
  return error instanceof ProblemError && (error.status === 0 || error.status >= 500) ? key : submitKey();
}

/** Sends a form under its key, so that it is done once however often it is tried. */
export async function submitOnce<T>(key: { current: string }, send: (key: string) => Promise<T>): Promise<T> {
  try {
    const made = await send(key.current);
    key.current = submitKey();
    return made;
  } catch (error) {
    key.current = keyAfter(key.current, error);
    throw error;
  }
}

/** The address of path with query; empty values are left out, lists repeat the name. */
export function addressOf(path: string, query?: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (Array.isArray(value)) value.forEach((v) => search.append(name, String(v)));
    else if (value !== undefined && value !== null && value !== '' && value !== false) search.append(name, String(value));
  }
  const text = search.toString();
  return API + path + (text ? '?' + text : '');
}

/** Calls the API; throws a ProblemError on any refusal and an AbortError when the signal fires. */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<Reply<T>> {
  const response = await send(method, path, options);
  if (!response.ok) {
    throw await refusal(response, path);
  }
  const type = response.headers.get('Content-Type') ?? '';
  const data = response.status === 204 || !type.includes('json') ? undefined : await response.json();
  return { data: data as T, etag: response.headers.get('ETag') ?? '' };
}

async function send(method: string, path: string, options: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { 'Accept-Language': document.documentElement.lang || 'zh-CN' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  if (method === 'POST') headers['Idempotency-Key'] = options.key ?? submitKey();
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (options.form) init.body = options.form;
  else if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;
  try {
    return await fetch(addressOf(path, options.query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ProblemError(0, 'web.offline', '', '');
  }
}

async function refusal(response: Response, path: string): Promise<ProblemError> {
  const problem = await problemOf(response);
  if (problem.status === 401 && path !== '/session') window.dispatchEvent(new Event(SIGNED_OUT));
  return problem;
}

async function problemOf(response: Response): Promise<ProblemError> {
  let body: { code?: string; title?: string; detail?: string; errors?: FieldError[] | null; request_id?: string } = {};
  try {
    body = await response.json();
  } catch {
    // Not problem+json: a proxy answered. The status alone has to do.
  }
  return new ProblemError(response.status, body.code ?? `http.${response.status}`, body.title ?? '', body.detail ?? '', body.errors ?? [], body.request_id ?? response.headers.get('X-Request-Id') ?? '');
}

/**
 * Fetches a file, its words in the reader's language, and hands it to the
 * browser to be saved; throws a ProblemError when it is refused or breaks off.
 */
export async function download(path: string, query?: object): Promise<void> {
  const response = await send('GET', path, { query });
  if (!response.ok) throw await refusal(response, path);
  const content = await response.blob().catch(() => {
    throw new ProblemError(0, 'web.offline', '', '');
  });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = fileName(response.headers.get('Content-Disposition') ?? '');
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The name a Content-Disposition gives a file (RFC 6266), "" when it gives none. */
export function fileName(disposition: string): string {
  const wide = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  return wide ? decodeURIComponent(wide) : (/filename="([^"]*)"/i.exec(disposition)?.[1] ?? '');
}

/** GET, body only. */
export async function get<T>(path: string, query?: object, signal?: AbortSignal): Promise<T> {
  return (await call<T>('GET', path, { query, ...(signal ? { signal } : {}) })).data;
}

/** POST, body only. */
export async function post<T>(path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  return (await call<T>('POST', path, { ...options, body: body ?? {} })).data;
}

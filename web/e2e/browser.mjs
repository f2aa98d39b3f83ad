// What every browser test needs: a browser, a signed-in page, an accessibility check.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';

export const URL_ = process.env['SENTE_URL'] ?? 'http://127.0.0.1:8080';
const PASSWORD = process.env['SENTE_PASSWORD'] ?? '';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Starts Chromium. It refuses its sandbox as root, and fetches nothing on its own. */
export function launch() {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A fresh page in lang, where nothing slides; every request that leaves the server and every page error is kept in page.faults. */
export async function open(browser, { lang = 'zh', width = 1440, theme = 'light' } = {}) {
  const context = await browser.newContext({ viewport: { width, height: width < 500 ? 844 : 900 }, colorScheme: theme, reducedMotion: 'reduce', baseURL: URL_, acceptDownloads: true });
  await context.addInitScript((l) => localStorage.setItem('sente.lang', l), lang);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(URL_) && !request.url().startsWith('data:') && !request.url().startsWith('blob:')) page.faults.push('asked ' + request.url());
  });
  page.asked = new Set();
  page.on('request', (request) => request.resourceType() !== 'eventsource' && page.asked.add(request));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.asked.delete(request));
  page.setDefaultTimeout(30_000);
  return page;
}

/** Signs in as the form does. */
export async function signInByForm(page, login, next = '/') {
  await page.goto('/sign-in?next=' + encodeURIComponent(next));
  await page.locator('input[autocomplete=username]').fill(login);
  await page.locator('input[autocomplete=current-password]').fill(PASSWORD);
  await page.locator('button[type=submit]').click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

const signedIn = new Map();

/** Has login signed in, once for all tests of a file, and goes to next. */
export async function signIn(page, login, next = '/') {
  const context = page.context();
  if (!signedIn.has(login)) {
    const answer = await context.request.post(URL_ + '/api/v1/session', { data: { login, password: PASSWORD } });
    if (!answer.ok()) throw new Error(`${login} is not let in: ${answer.status()} ${await answer.text()}`);
    signedIn.set(login, await context.cookies());
  }
  await context.addCookies(signedIn.get(login));
  await page.goto(next);
}

/** Waits until the page has its heading and nothing of it is being fetched or drawn. */
export async function settled(page) {
  do {
    await page.waitForFunction(() => document.querySelector('h1,h2') && !document.querySelector('.loading'));
    while (page.asked.size > 0) await pause(20);
    await pause(100); // what came may ask for more
  } while (page.asked.size > 0 || (await page.locator('.loading').count()) > 0);
}

/** What axe-core finds serious or critical. */
export async function serious(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  });
}

/** Whether the page scrolls sideways. */
export function tooWide(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
}

/** A body of the API, asked with the page's own session, in the page's language. */
export function api(page, path) {
  return page.evaluate(async (p) => (await fetch('/api/v1' + p, { headers: { 'Accept-Language': document.documentElement.lang } })).json(), path);
}

/** What the API answers to body, sent with the page's own session. */
export function post(page, path, body) {
  return page.evaluate(
    async ([p, b]) => {
      const answer = await fetch('/api/v1' + p, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify(b) });
      if (!answer.ok) throw new Error(`${p}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [path, body],
  );
}

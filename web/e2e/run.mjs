// Runs the browser tests: against SENTE_URL, or else against a demo that this
// starts from ../bin/sente on a free port. Without Chromium the tests are skipped
// with one line, unless SENTE_REQUIRE names browser.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const here = fileURLToPath(new URL('.', import.meta.url));
const program = fileURLToPath(new URL('../../bin/sente', import.meta.url));
const chromium = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));

if (!chromium) {
  const needed = (process.env['SENTE_REQUIRE'] ?? '').split(',').includes('browser');
  console.log(`${needed ? 'failed' : 'skipped'}, no Chromium: the browser tests (install it or set CHROMIUM)`);
  process.exit(needed ? 1 : 0);
}

/** Starts the demo and waits until it says where it listens. */
function startDemo() {
  const demo = spawn(program, ['demo', '-listen', '127.0.0.1:0', '-rate-limit', '100000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = new Promise((resolve, reject) => {
    let said = '';
    demo.stdout.on('data', (chunk) => {
      said += chunk;
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      const password = /[A-Z][a-z]+-\d{4}-demo/.exec(said)?.[0];
      if (url && password) resolve({ url, password });
    });
    demo.on('error', reject);
    demo.on('exit', (code) => reject(new Error(`the demo ended with ${code} before it listened`)));
  });
  return { ready, stop: () => demo.kill('SIGTERM') };
}

const demo = process.env['SENTE_URL'] ? undefined : startDemo();
const { url, password } = demo ? await demo.ready : { url: process.env['SENTE_URL'], password: process.env['SENTE_PASSWORD'] ?? 'Chengang-2026-demo' };
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs')).map((name) => join(here, name));
const tests = spawn(process.execPath, ['--test', '--test-concurrency=1', ...files], { stdio: 'inherit', env: { ...process.env, CHROMIUM: chromium, SENTE_URL: url, SENTE_PASSWORD: password } });
tests.on('exit', (code) => {
  demo?.stop();
  process.exitCode = code ?? 1;
});

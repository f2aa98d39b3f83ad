// Writes a .br and a .gz twin beside every text file of dist, so that the server
// compresses nothing at run time, and refuses a first page above its budget.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const FIRST_PAGE_LIMIT = 400 * 1024; // bytes, gzip: what the sign-in page may weigh
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const gzipped = new Map();

for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name === '.placeholder.html' || !/\.(html|js|css|svg|json)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const body = await readFile(path);
  const gz = gzipSync(body, { level: 9 });
  const br = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  await writeFile(path + '.gz', gz);
  await writeFile(path + '.br', br);
  gzipped.set(entry.name, gz.length);
}

const index = await readFile(join(dist, 'index.html'), 'utf8');
const named = [...index.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].map((m) => m[1]);
const first = (gzipped.get('index.html') ?? 0) + named.reduce((sum, name) => sum + (gzipped.get(name) ?? 0), 0);
console.log(`first page: ${(first / 1024).toFixed(1)} KB gzip, limit ${FIRST_PAGE_LIMIT / 1024} KB`);
if (first > FIRST_PAGE_LIMIT) process.exit(1);

// Empties dist but keeps the committed placeholder, which the server shows when
// no pages were built.
import { readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
for (const name of await readdir(dist)) {
  if (name !== '.placeholder.html') await rm(join(dist, name), { recursive: true });
}

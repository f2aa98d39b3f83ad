import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ZONE = fileURLToPath(new URL('.', import.meta.url));

/** The storeys of internal/app/storeys.go; a context's pages import those of lower ones only. */
const STOREYS: Readonly<Record<string, number>> = { office: 0, party: 0, work: 1, platform: 1, pipeline: 3, scoreboard: 5, portal: 6 };

/** What a page imports of other contexts: "platform/Blocks.tsx: scoreboard". */
function upward(): string[] {
  const files = readdirSync(ZONE, { recursive: true, encoding: 'utf8' }).filter((f) => /\.tsx?$/.test(f) && f.includes(sep));
  return files.flatMap((file) => {
    const own = file.split(sep)[0] ?? '';
    const targets = [...readFileSync(join(ZONE, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((m) => relative(ZONE, join(ZONE, dirname(file), m[1] ?? '')).split(sep)[0] ?? '');
    return [...new Set(targets)].filter((t) => t in STOREYS && t !== own && (STOREYS[t] ?? 0) >= (STOREYS[own] ?? 0)).map((t) => `${file}: ${t}`);
  });
}

test('every context has its storey, and its pages import lower storeys only', () => {
  expect(readdirSync(ZONE, { withFileTypes: true }).filter((d) => d.isDirectory()).map((d) => d.name).toSorted()).toEqual(Object.keys(STOREYS).toSorted());
  expect(upward()).toEqual([]);
});

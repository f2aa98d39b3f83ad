import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every folder that has its own words. */
const folders = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((e) => e.isDirectory() && e.name === 'locale')
  .map((e) => e.parentPath);

async function texts(folder: string, file: string): Promise<Record<string, string>> {
  return ((await import(join(folder, 'locale', file))) as { default: Record<string, string> }).default;
}

/** The code a folder's words are for: its own, and for the kit everybody's. */
function sources(folder: string): string {
  const kit = folder.endsWith('kit');
  const files = readdirSync(kit ? SRC : folder, { recursive: kit, withFileTypes: true }).filter((e) => e.isFile() && /\.tsx?$/.test(e.name) && !/\.test\.ts$/.test(e.name) && !e.parentPath.endsWith('locale'));
  return files.map((f) => readFileSync(join(f.parentPath, f.name), 'utf8')).join('\n');
}

/** Places of a text: {n}, {name}. */
function places(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1] ?? ''))].sort();
}

describe.each(folders.map((f) => [f.slice(SRC.length + 1), f]))('words of %s', (name, folder) => {
  it('has the same keys in both languages', async () => {
    expect(Object.keys(await texts(folder, 'en.ts'))).toEqual(Object.keys(await texts(folder, 'zh-CN.ts')));
  });

  it('has the same places in both languages and no empty text', async () => {
    const zh = await texts(folder, 'zh-CN.ts');
    const en = await texts(folder, 'en.ts');
    for (const [key, text] of Object.entries(zh)) {
      expect(text.trim(), key).not.toBe('');
      expect(en[key]?.trim(), key).not.toBe('');
      expect(places(en[key] ?? ''), key).toEqual(places(text));
    }
  });

  it('uses every key, and says no key it does not have', async () => {
    const code = sources(folder);
    const keys = Object.keys(await texts(folder, 'zh-CN.ts'));
    const said = name === 'kit' ? 'k' : 't';
    const whole = new Set<string>();
    const prefixes = new Set<string>();
    for (const m of code.matchAll(new RegExp(`\\b${said}\\(\\s*(?:[^()'"\`]*\\?\\s*)?'([^']+)'(?:\\s*:\\s*'([^']+)')?`, 'g'))) [m[1], m[2]].forEach((key) => key && whole.add(key));
    for (const m of code.matchAll(new RegExp(`\\b${said}\\(\`([^\`$]*)\\$\\{`, 'g'))) prefixes.add(m[1] ?? '');
    for (const m of code.matchAll(new RegExp(`\\b${said}\\.maybe\\(\\s*'([^']+)'`, 'g'))) prefixes.add(m[1] ?? '');
    // Keys that stand in the code as data and are said by a variable.
    const quoted = new Set([...code.matchAll(/'([\w.]+)'/g)].map((m) => m[1] ?? ''));
    const unused = keys.filter((key) => !whole.has(key) && !quoted.has(key) && ![...prefixes].some((p) => p && key.startsWith(p)));
    expect(unused).toEqual([]);
    expect([...whole].filter((key) => !keys.includes(key))).toEqual([]);
  });
});

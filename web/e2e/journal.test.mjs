import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { api, launch, open, settled, signIn } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test('the browser itself recomputes that an entry is in the signed tree', async () => {
  const page = await open(browser);
  await signIn(page, 'auditor', '/journal?verb=pipeline.');
  await settled(page);
  await page.locator('table.data tbody .as-link').first().click();
  await page.getByTestId('verdict').waitFor();
  assert.deepEqual(await page.locator('[data-testid=verdict] li').allInnerTexts(), [' 叶子所述正是这条记录。', ' 重算的根 = 检查点的根：记录在树中，未被改动。', ' 检查点签名有效。'].map((s) => s.trim()));
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a leaf changed on the way, a cut path and a foreign signature are each found', async () => {
  const page = await open(browser, { lang: 'en' });
  await signIn(page, 'auditor', '/journal');
  await settled(page);
  let forge = (proof) => ({ ...proof, leaf: proof.leaf.replace('"at":1', '"at":2') });
  await page.route('**/api/v1/journal/*/proof', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: forge(await response.json()) });
  });
  const look = async () => {
    await page.locator('table.data tbody .as-link').nth(1).click();
    await page.locator('[role=dialog] .verdict, [role=dialog] [role=alert]').first().waitFor();
    const said = await page.getByRole('dialog').locator('.verdict li, [role=alert]').allInnerTexts();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    return said.join('\n');
  };
  assert.match(await look(), /Recomputed root ≠ checkpoint root: the proof fails/);
  forge = (proof) => ({ ...proof, hashes: proof.hashes.slice(1) });
  assert.match(await look(), /path too short/);
  forge = (proof) => ({ ...proof, checkpoint: proof.checkpoint.replace(/\n$/, '').replace(/.{8}$/, 'AAAAAAA=') + '\n' });
  assert.match(await look(), /signature is not valid/);
  await page.context().close();
});

test('the auditor verifies everything on demand', async () => {
  const page = await open(browser);
  await signIn(page, 'auditor', '/journal/verify');
  await settled(page);
  await page.getByRole('button', { name: '立即核验' }).click();
  await page.getByTestId('report').waitFor({ timeout: 120_000 });
  assert.match(await page.getByTestId('report').innerText(), /全部相符：没有发现改动。/);
  await page.context().close();
});

test('every act on record has its words in both languages', async () => {
  const page = await open(browser);
  await signIn(page, 'auditor', '/journal');
  const verbs = new Set();
  for (let cursor = '', more = true; more; more = cursor !== '') {
    const { items, next_cursor: next } = await api(page, '/journal?limit=200' + (cursor && '&cursor=' + encodeURIComponent(cursor)));
    for (const entry of items) verbs.add(entry.verb);
    cursor = next ?? '';
  }
  assert.ok(verbs.size > 20);
  for (const lang of ['zh-CN', 'en']) {
    const words = readFileSync(new URL(`../src/infra/journal/locale/${lang}.ts`, import.meta.url), 'utf8');
    assert.deepEqual([...verbs].filter((verb) => !words.includes(`'verb.${verb}':`)), [], lang);
  }
  await page.context().close();
});

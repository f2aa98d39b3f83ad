import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test('five platforms as cards, each leads to its home page with its pipeline, projects and operator', async () => {
  const page = await open(browser);
  await signIn(page, 'leader', '/platforms');
  await settled(page);
  const { items } = await api(page, '/platforms');
  assert.equal(items.length, 5);
  await page.getByRole('link', { name: '科创广场' }).click();
  await page.getByRole('heading', { level: 1, name: '科创广场' }).waitFor();
  await settled(page);
  const totals = await api(page, `/projects/totals?platform=${items.find((p) => p.name_zh === '科创广场').id}`);
  const leads = totals.by_stage.find((s) => s.stage === 'lead').count;
  assert.ok(leads > 0);
  assert.equal(await page.locator('.stages.tally li').first().locator('.figure').innerText(), String(leads));
  await page.getByText('孵化', { exact: true }).first().waitFor();
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('an operator finds what it owes; a rival’s contracts are not there', async () => {
  const page = await open(browser, { lang: 'en', width: 390 });
  await signIn(page, 'operator', '/platforms');
  await settled(page);
  await page.getByRole('heading', { name: /Contract tasks your unit owes/ }).waitFor();
  const { items } = await api(page, '/platforms');
  const mine = items.find((p) => p.name_en === 'Sci-Tech Innovation Plaza');
  const theirs = items.find((p) => p.name_en === 'New Foreign Trade Centre');
  assert.ok((await api(page, `/platforms/${mine.id}/contracts`)).items.length > 0);
  assert.deepEqual((await api(page, `/platforms/${theirs.id}/contracts`)).items, []);
  assert.deepEqual((await api(page, `/projects?platform=${theirs.id}`)).items, []);
  await page.goto('/platforms/' + theirs.id);
  await settled(page);
  await page.getByText('No contracts you may see').waitFor();
  assert.equal(await tooWide(page), false);
  assert.deepEqual(await serious(page), []);
  await page.context().close();
});

test('an official accepts on a phone what was handed in', async () => {
  const page = await open(browser, { width: 390 });
  await signIn(page, 'lead3', '/platforms');
  await settled(page);
  const { items } = await api(page, '/platforms');
  const trade = items.find((p) => p.name_zh === '新外贸中心平台');
  const [contract] = (await api(page, `/platforms/${trade.id}/contracts`)).items;
  await page.goto('/contracts/' + contract.id);
  await settled(page);
  const task = page.locator('.section', { hasText: '组织境外推介 2 场' }).first();
  assert.equal(await tooWide(page), false);
  assert.deepEqual(await serious(page), []);
  await task.getByText('待验收').first().waitFor();
  await task.getByText('SHA-256').first().waitFor();
  await page.context().close();
});

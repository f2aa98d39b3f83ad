import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, settled, signIn } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test('filters stand in words and in the address, and totals are those of the filter', async () => {
  const page = await open(browser);
  await signIn(page, 'leader', '/projects?stage=signed&stage=landed');
  await settled(page);
  assert.match(await page.locator('.filter-words').innerText(), /^筛选：签约、落地/);
  const totals = await api(page, '/projects/totals?stage=signed&stage=landed');
  assert.equal(await page.locator('.page-head .muted').innerText(), `共 ${totals.count} 条`);
  const cny = totals.by_currency.find((c) => c.currency === 'CNY');
  assert.match(await page.getByTestId('totals').innerText(), new RegExp(`CNY ${cny.count} 个`));
  await page.getByRole('button', { name: '缺件的' }).click();
  await page.waitForURL(/missing=1/);
  await page.getByRole('button', { name: '清除筛选' }).first().click();
  await page.waitForURL((url) => url.search === '');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a row opens a drawer that the address names; its button opens the page', async () => {
  const page = await open(browser);
  await signIn(page, 'officer', '/projects');
  await settled(page);
  const name = await page.locator('table.data tbody th a').first().innerText();
  await page.locator('table.data tbody tr').first().click();
  await page.waitForURL(/open=/);
  await page.getByRole('dialog').getByRole('heading', { name }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: '打开页面' }).click();
  await page.waitForURL(/\/projects\/[0-9a-f-]{36}$/);
  await page.getByRole('heading', { level: 1, name }).waitFor();
  await page.context().close();
});

test('each missing item is a link to where it is supplied', async () => {
  const page = await open(browser, { lang: 'en' });
  await signIn(page, 'officer');
  const { items } = await api(page, '/projects?stage=negotiating&limit=1');
  await page.goto('/projects/' + items[0].id);
  await settled(page);
  const gate = await api(page, `/projects/${items[0].id}/gate`);
  const unmet = gate.items.filter((i) => !i.met);
  assert.ok(unmet.length > 0);
  assert.equal(await page.locator('#gate .checklist li[data-met=false]').count() >= unmet.length, true);
  assert.equal(await page.getByRole('button', { name: 'Advance to Signed' }).isDisabled(), true);
  const paper = unmet.find((i) => i.kind === 'evidence');
  await page.locator('#gate').getByRole('link', { name: paper.label }).first().click();
  const drawer = page.getByRole('dialog', { name: 'Submit evidence' });
  await drawer.getByText('No state secrets').waitFor();
  await drawer.getByText(paper.label).waitFor();
  await page.context().close();
});

test('evidence is hashed in the browser and stands in the list with the same hash', async () => {
  const page = await open(browser);
  await signIn(page, 'officer');
  const me = (await api(page, '/session')).account.id;
  const { items } = await api(page, `/projects?stage=lead&owner=${me}&limit=1`);
  await page.goto(`/projects/${items[0].id}?do=evidence%3Ascreening_form`);
  const drawer = page.getByRole('dialog', { name: '提交证据' });
  await drawer.locator('input[type=file]').setInputFiles({ name: '初判表.txt', mimeType: 'text/plain', buffer: Buffer.from('示例初判表 ' + Date.now()) });
  const hash = /SHA-256 ([0-9a-f]{64})/.exec(await drawer.getByText(/SHA-256 [0-9a-f]{64}/).innerText())[1];
  await drawer.locator('.ant-picker input').fill('2026-11-20');
  await drawer.locator('.ant-picker input').press('Enter');
  await drawer.getByRole('button', { name: /^提\s?交$/ }).click();
  await drawer.waitFor({ state: 'hidden' });
  await page.locator('#evidence').getByText(hash.slice(0, 12)).waitFor();
  const filed = (await api(page, `/projects/${items[0].id}/evidence`)).items.at(-1);
  assert.equal(filed.sha256, hash);
  assert.equal(filed.kind, 'screening_form');
  assert.equal(filed.on, '2026-11-20');
  await page.context().close();
});

test('of two who save the same project the second sees what the first saved and loses nothing', async () => {
  const first = await open(browser);
  const second = await open(browser);
  await signIn(first, 'officer');
  await signIn(second, 'officer');
  const me = (await api(first, '/session')).account.id;
  const { items } = await api(first, `/projects?stage=lead&owner=${me}&limit=1`);
  const edit = async (page, site) => {
    await page.goto(`/projects/${items[0].id}?do=edit%3Asite`);
    await page.getByLabel('落户地点').fill(site);
  };
  await edit(first, '甲地块');
  await edit(second, '乙地块');
  await first.getByRole('button', { name: /保\s?存/ }).click();
  await first.getByRole('dialog').waitFor({ state: 'hidden' });
  await second.getByRole('button', { name: /保\s?存/ }).click();
  const dialog = second.getByRole('dialog', { name: '该记录已被他人修改' });
  assert.deepEqual(await dialog.locator('tbody tr').first().locator('th,td').allInnerTexts(), ['落户地点', '甲地块', '乙地块']);
  assert.equal((await api(first, '/projects/' + items[0].id)).site, '甲地块', 'nothing is overwritten yet');
  await dialog.getByRole('button', { name: '以我的输入再次保存' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await second.getByText('乙地块').first().waitFor();
  assert.equal((await api(first, '/projects/' + items[0].id)).site, '乙地块');
  await first.context().close();
  await second.context().close();
});

test('everything is reached by keyboard: skip link, search, result', async () => {
  const page = await open(browser);
  await signIn(page, 'officer', '/projects');
  await settled(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /输入项目/ }).fill('项目');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/projects/);
  await page.context().close();
});

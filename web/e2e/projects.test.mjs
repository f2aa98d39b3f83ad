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
  await page.waitForURL(/\/projects\/[0-9a-z]{26}$/);
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

test('a lead signs; what was signed, shelved and resumed stands in the record', async () => {
  const officer = await open(browser);
  await signIn(officer, 'officer');
  const me = (await api(officer, '/session')).account;
  const made = await officer.evaluate(async (name) => {
    const body = JSON.stringify({ name, source: '示例推介会', finder: '招商一局', found_on: '2026-11-02', industry: 'C34' });
    return (await fetch('/api/v1/projects', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).json();
  }, '签署经过演示 ' + Date.now());
  const path = '/projects/' + made.id;
  await officer.goto(path);
  await settled(officer);
  await officer.locator('#gate').getByText('待其本人登录签署').first().waitFor();
  assert.equal(await officer.locator('#gate').getByRole('link', { name: /部门负责人签署/ }).count(), 0, 'who cannot sign is not asked to');

  // A gate is signed once its papers are there.
  const filed = await officer.evaluate(async (url) => {
    const form = new FormData();
    form.append('kind', 'screening_form');
    form.append('on', '2026-11-20');
    form.append('title', '示例初判表');
    form.append('file', new File(['演示数据'], '初判表.txt', { type: 'text/plain' }));
    return (await fetch(url, { method: 'POST', body: form })).status;
  }, '/api/v1' + path + '/evidence');
  assert.equal(filed, 201);

  const lead = await open(browser);
  await signIn(lead, 'lead', path);
  await settled(lead);
  await lead.locator('#gate').getByRole('link', { name: '部门负责人签署初判意见' }).click();
  await lead.getByRole('dialog').getByLabel('意见').fill('示例：同意');
  await lead.getByRole('dialog').getByRole('button', { name: '签署' }).click();
  await lead.getByRole('dialog').waitFor({ state: 'hidden' });
  const signed = (await api(lead, path)).signoffs.at(-1);
  assert.deepEqual([signed.stage, signed.role, signed.opinion], ['screening', 'department_lead', '示例：同意']);

  const act = async (menu, name, reason) => {
    if (menu) await officer.getByRole('button', { name: menu }).click();
    await (menu ? officer.getByRole('menuitem', { name }) : officer.getByRole('button', { name })).click();
    const dialog = officer.getByRole('dialog');
    await dialog.getByRole('button', { name }).click();
    await dialog.getByText('请填写理由。').waitFor();
    await dialog.getByLabel('理由').fill(reason);
    await dialog.getByRole('button', { name }).click();
    await dialog.waitFor({ state: 'hidden' });
  };
  await officer.reload();
  await settled(officer);
  await act('其他办理', '搁置', '示例：等待选址');
  assert.equal((await api(officer, path)).stage, 'shelved');
  await act('', '恢复到线索', '示例：选址已定');
  assert.equal((await api(officer, path)).stage, 'lead');
  await officer.locator('#timeline').getByText('“示例：选址已定”').waitFor();
  await lead.context().close();
  await officer.context().close();
});

test('an amount is filtered as one writes it; what is no amount is told and not asked for', async () => {
  const page = await open(browser);
  await signIn(page, 'leader', '/projects');
  await settled(page);
  await page.getByRole('button', { name: '更多筛选' }).click();
  const least = page.getByRole('textbox', { name: '总投资下限' });
  await least.fill('很多');
  await least.press('Enter');
  await page.getByText('请填写金额').waitFor();
  assert.equal(new URL(page.url()).search, '');
  await least.fill('10亿');
  await least.press('Enter');
  await page.waitForURL(/min=1000000000&currency=CNY/);
  await page.getByText('筛选：总投资不低于 10.0亿元').waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
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

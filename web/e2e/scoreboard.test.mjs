import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { api, launch, open, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const PERIOD = '/scoreboard?from=2024-01-01&until=2026-12-31';

test('six lights without a colour, each figure as the API counts it, and the plots', async () => {
  for (const [lang, width, theme] of [['zh', 1440, 'light'], ['en', 1440, 'dark'], ['zh', 390, 'light'], ['en', 390, 'light']]) {
    const page = await open(browser, { lang, width, theme });
    await signIn(page, 'leader', PERIOD);
    await settled(page);
    await page.locator('.score-canvas canvas').first().waitFor();
    const board = await api(page, PERIOD);
    assert.equal(await page.locator('.score-light').count(), board.lights.length + 1);
    const drive = page.locator('section[aria-labelledby=light-drive]');
    assert.match(await drive.innerText(), lang === 'zh' ? /数据不足/ : /Insufficient data/);
    assert.doesNotMatch(await drive.innerText(), /%/);
    const signed = board.lights.find((l) => l.id === 'big').figures[0];
    assert.equal(await page.locator('section[aria-labelledby=light-big] .score-value strong').first().innerText(), String(signed.value.numerator));
    assert.match(await page.locator('section[aria-labelledby=light-big] header').innerText(), lang === 'zh' ? /未设目标/ : /No target set/);
    assert.equal(await tooWide(page), false, `${lang} ${width}`);
    assert.deepEqual(await serious(page), []);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

test('a figure leads to its definition, its records, how many are hidden, and a proof', async () => {
  const page = await open(browser);
  await signIn(page, 'officer', PERIOD);
  await settled(page);
  await page.getByRole('button', { name: '“大项目签约”的定义与记录' }).click();
  const drawer = page.getByRole('dialog', { name: '大项目签约' });
  await drawer.getByText('BIG_N_SIGNED@1').waitFor();
  const records = await api(page, '/scoreboard/records?figure=BIG_N_SIGNED&limit=50&from=2024-01-01&until=2026-12-31');
  assert.ok(records.items.length > 0 && records.hidden > 0 && records.items.length + records.hidden === records.total);
  assert.equal(await drawer.locator('p[role=status]').innerText(), `共 ${records.total} 条 · 另有 ${records.hidden} 条无权查看`);
  assert.deepEqual(await serious(page), []);
  await drawer.getByRole('button', { name: `证明 ${records.items[0].code} ${records.items[0].name}` }).click();
  await page.getByTestId('verdict').waitFor();
  assert.equal(await page.locator('[data-testid=verdict] li.ok').count(), 3);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a plot has a table behind it and can be saved', async () => {
  const page = await open(browser);
  await signIn(page, 'leader', PERIOD);
  await settled(page);
  const plot = page.getByRole('figure', { name: '线索走到了哪一步' });
  await plot.getByRole('button', { name: '看表格' }).click();
  const series = await api(page, PERIOD.replace('/scoreboard', '/scoreboard/series'));
  const rows = series.funnels.filter((f) => f.leads > 0).slice(-3).flatMap((f) => f.steps);
  assert.equal(await plot.locator('tbody tr').count(), rows.length);
  const saved = page.waitForEvent('download');
  await plot.getByRole('button', { name: '存为 CSV' }).click();
  const text = readFileSync(await (await saved).path(), 'utf8');
  assert.equal(text.trim().split('\r\n').length, rows.length + 1);
  await plot.getByRole('button', { name: '看图' }).click();
  const picture = page.waitForEvent('download');
  await plot.getByRole('button', { name: '存为图片' }).click();
  assert.equal(readFileSync(await (await picture).path()).subarray(1, 4).toString(), 'PNG');
  await page.context().close();
});

test('an operator is told that these are its own figures', async () => {
  const page = await open(browser, { width: 390 });
  await signIn(page, 'operator', '/scoreboard');
  await settled(page);
  await page.getByText('您只能查看本单位的数据').waitFor();
  assert.equal(await tooWide(page), false);
  assert.deepEqual(await serious(page), []);
  await page.context().close();
});

test('a leader settles a version of a definition; the figure names it, and its target gives the light a colour', async () => {
  const officer = await open(browser);
  await signIn(officer, 'officer', PERIOD);
  await settled(officer);
  await officer.getByRole('button', { name: '“有效招商活动”的定义与记录' }).click();
  await officer.getByRole('dialog', { name: '有效招商活动' }).getByText('ACT_N@1').waitFor();
  assert.equal(await officer.getByRole('button', { name: '确定新版本' }).count(), 0);
  await officer.context().close();

  const page = await open(browser);
  await signIn(page, 'leader', '/scoreboard');
  await settled(page);
  await page.getByRole('button', { name: '“有效招商活动”的定义与记录' }).click();
  await page.getByRole('button', { name: '确定新版本' }).click();
  const form = page.getByRole('dialog', { name: '“有效招商活动”的新版本' });
  await form.getByLabel('最少企业数').fill('一家');
  await form.getByLabel('目标（不低于）').fill('1');
  await form.getByLabel('出处').fill('演示文件〔2026〕3 号');
  await form.getByLabel('理由').fill('按本区年度目标');
  await form.getByRole('button', { name: '确定第 2 版' }).click();
  await form.getByText('请按下方说明填写').waitFor();
  await form.getByLabel('最少企业数').fill('2');
  assert.deepEqual(await serious(page), []);
  await form.getByRole('button', { name: '确定第 2 版' }).click();
  await form.waitFor({ state: 'hidden' });
  const drawer = page.getByRole('dialog', { name: '有效招商活动' });
  await drawer.getByText('按本区年度目标').waitFor();
  await drawer.getByText('ACT_N@2').waitFor();
  await drawer.getByRole('button', { name: 'Close' }).or(drawer.locator('.ant-drawer-close')).first().click();
  const light = page.locator('section[aria-labelledby=light-activities]');
  await light.getByText('ACT_N@2').waitFor();
  const board = await api(page, '/scoreboard');
  const colours = { green: '达到目标', amber: '未达目标，不低于上年', red: '未达目标，低于上年' };
  const state = board.lights.find((l) => l.id === 'activities').state;
  assert.ok(state in colours, state);
  assert.match(await light.locator('header').innerText(), new RegExp(colours[state]));
  await page.goto('/scoreboard?from=2025-01-01&until=2025-12-31'); // what ended before stays with its version
  await settled(page);
  await light.getByText('ACT_N@1').waitFor();
  assert.match(await light.locator('header').innerText(), /未设目标/);
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('no other page loads the plots', async () => {
  const page = await open(browser);
  const asked = [];
  page.on('request', (r) => asked.push(r.url()));
  await signIn(page, 'leader', '/projects');
  await settled(page);
  assert.deepEqual(asked.filter((u) => /\/assets\/Charts-/.test(u)), []);
  await page.context().close();
});

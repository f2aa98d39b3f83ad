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
  const plaza = items.find((p) => p.name_zh === '科创广场');
  // Its own pipeline with its own steps, expansions counted apart.
  const track = (await api(page, '/pipeline/tracks')).items.find((t) => t.id === plaza.track);
  const [fresh, expansion] = await Promise.all(['new', 'expansion'].map((kind) => api(page, `/projects/totals?platform=${plaza.id}&kind=${kind}`)));
  const steps = page.locator('.stages.tally li');
  assert.deepEqual((await steps.locator('.name').allInnerTexts()).filter((name) => name !== '开工'), track.stages.map((s) => s.zh));
  const review = track.stages.find((s) => s.zh === '入孵评审').id;
  const count = fresh.by_step.find((s) => s.stage === review).count;
  assert.ok(count > 0);
  const step = steps.filter({ hasText: '入孵评审' });
  assert.equal(await step.locator('.figure').innerText(), String(count));
  const figures = (await steps.locator('.figure').allInnerTexts()).map(Number);
  assert.equal(figures.reduce((n, x) => n + x, 0), fresh.by_stage.filter((s) => !['shelved', 'lost', 'terminated'].includes(s.stage)).reduce((n, s) => n + s.count, 0), 'the steps add up to all');
  await page.getByText(`增资扩产（另计）${expansion.count} 个`).waitFor();
  // What its contract asks for, in place.
  const [contract] = (await api(page, `/platforms/${plaza.id}/contracts`)).items;
  const { tasks } = await api(page, '/contracts/' + contract.id);
  const lines = page.locator('#contracts .papers > li');
  assert.deepEqual(await lines.locator('a').allInnerTexts(), tasks.map((x) => x.title));
  const objected = tasks.findIndex((x) => x.state === 'objected');
  for (const text of [tasks[objected].due_on, tasks[objected].evidence, tasks[objected].acceptor_name, '有异议', tasks[objected].reason]) await lines.nth(objected).getByText(text).first().waitFor();
  // What it has come to since it was set up, not this year only.
  const since = await api(page, `/scoreboard?platform=${plaza.id}&from=${plaza.since_on}`);
  const signed = since.lights.flatMap((l) => l.figures).find((f) => f.id === 'BIG_N_SIGNED');
  assert.equal(await page.locator('#results dl > div', { hasText: signed.name }).locator('dd').innerText().then((x) => x.split('\n')[0]), String(signed.value.numerator));
  await page.locator('#results').getByText(`自平台设立（${plaza.since_on}）`).waitFor();
  await page.getByText('孵化', { exact: true }).first().waitFor();
  assert.deepEqual(await serious(page), []);
  await step.getByRole('link').click();
  await page.waitForURL('**/projects?*');
  await page.getByRole('heading', { level: 1, name: '项目', exact: true }).waitFor();
  await settled(page);
  assert.equal(await page.locator('table.data tbody tr').count(), count, 'the list holds exactly those counted');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a project is opened from its platform and follows the platform’s pipeline', async () => {
  const page = await open(browser, { lang: 'en', width: 390 });
  await signIn(page, 'lead', '/platforms');
  await settled(page);
  await page.getByRole('link', { name: 'Bonded-Zone Industry Promotion Platform' }).click();
  await page.getByRole('link', { name: 'Register a project' }).click();
  await page.getByRole('heading', { level: 1, name: 'New project' }).waitFor();
  await settled(page);
  const shown = await page.locator('.ant-select-content').allInnerTexts();
  assert.deepEqual(shown.slice(0, 2), ['Bonded-Zone Industry Promotion Platform', 'Bonded-zone industry']);
  assert.equal(await tooWide(page), false);
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

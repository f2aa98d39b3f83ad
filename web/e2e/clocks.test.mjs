// My day, what stalls, the clocks of a project and the working calendar.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, post, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A project of the officer's that lacks nothing but the lead's signature for 初判. */
async function readyToSign(page, name) {
  const made = await post(page, '/projects', { name, source: '示例推介会', finder: '招商一局', found_on: '2026-01-05', industry: 'C34' });
  await page.evaluate(async ([id, tag]) => {
    const form = new FormData();
    form.append('kind', 'screening_form');
    form.append('title', '示例初判表');
    form.append('on', '2026-01-20');
    form.append('file', new File(['演示数据'], 'form.txt', { type: 'text/plain' }));
    const r = await fetch(`/api/v1/projects/${id}/evidence`, { method: 'POST', headers: { 'Idempotency-Key': crypto.randomUUID(), 'If-Match': tag }, body: form });
    if (!r.ok) throw new Error(await r.text());
  }, [made.id, `"${made.version}"`]);
  return made.id;
}

test('signing in leads to my day, and a signature is given there with one thumb', async () => {
  const officer = await open(browser);
  await signIn(officer, 'officer', '/projects');
  const name = `签署演示 ${Date.now()}`;
  const id = await readyToSign(officer, name);
  await officer.context().close();

  const page = await open(browser, { width: 390 });
  await signIn(page, 'lead');
  await page.waitForURL(/\/today$/);
  await settled(page);
  const mine = await api(page, '/pipeline/mine');
  const block = mine.blocks.find((b) => b.id === 'signatures');
  assert.ok(block.count > 0);
  await page.getByRole('heading', { name: `待我签署 (${block.count})` }).waitFor();
  const card = page.locator('.section', { hasText: '待我签署' }).locator('.matters > li', { hasText: name }); // late as well, it stands in two blocks
  if ((await card.count()) > 0) {
    await card.getByText('初判（联审）表').waitFor(); // what is signed is shown
    await card.getByRole('button', { name: '签署' }).click();
    await card.getByLabel('签署意见').fill('同意');
    assert.deepEqual(await serious(page), []);
    await card.getByRole('button', { name: '同意并签署' }).click();
    await card.waitFor({ state: 'detached' });
  } else {
    await post(page, `/projects/${id}/signoffs`, { stage: 'screening', role: 'department_lead', opinion: '同意' }); // the day shows the first few only
  }
  const gate = await api(page, `/projects/${id}/gate`);
  assert.equal(gate.ready, true);
  assert.equal(await tooWide(page), false);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a leader sees what stalls by department, since when, for what and on whom', async () => {
  const page = await open(browser);
  await signIn(page, 'leader', '/today');
  await settled(page);
  const units = await api(page, '/pipeline/stalled/units');
  assert.ok(units.items.length > 0);
  const first = units.items[0];
  await page.getByRole('link', { name: first.unit_name }).first().click();
  await page.waitForURL(/\/stalled\?unit=/);
  await settled(page);
  const list = await api(page, `/pipeline/stalled?unit=${first.unit}`);
  assert.ok(list.items.length > 0 && list.items.every((w) => w.unit === first.unit && w.overdue_days > 0 && w.clock.provisional === false));
  await page.getByRole('link', { name: list.items[0].name, exact: true }).first().waitFor();
  assert.match(await page.locator('table.data tbody tr').first().innerText(), /逾期 \d+ (个工作日|天)/);
  await page.goto(`/projects/${list.items[0].id}`);
  await settled(page);
  assert.match(await page.locator('#clocks').innerText(), /逾期 \d+/);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a year is tried first, tells every mistake by row, and is imported as a version', async () => {
  const page = await open(browser);
  await signIn(page, 'sysadmin', '/calendar');
  await settled(page);
  const before = await api(page, '/calendar/years');
  const year = before.items.at(-1).year + 1;
  await page.getByRole('button', { name: '导入放假安排' }).click();
  const drawer = page.getByRole('dialog', { name: '导入放假安排' });
  const file = (text) => drawer.locator('input[type=file]').setInputFiles({ name: `${year}.csv`, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await file(`year,date,name,kind\n${year},${year}-02-30,春节,off\n`);
  await drawer.getByRole('button', { name: '先试算' }).click();
  await drawer.getByText('不是有效日期').waitFor();
  await file(`year,date,name,kind\n${year},${year}-01-01,元旦,off\n${year},${year}-05-01,劳动节,off\n${year},${year}-10-01,国庆节,off\n`);
  await drawer.getByRole('button', { name: '先试算' }).click();
  await drawer.getByText('新覆盖，3 天').waitFor();
  assert.equal((await api(page, '/calendar/years')).items.length, before.items.length); // nothing is written by trying
  assert.deepEqual(await serious(page), []);
  await drawer.getByLabel('依据的通知（文号、日期）').fill('演示通知');
  await drawer.getByLabel('导入原因').fill('演示');
  await drawer.getByRole('button', { name: '正式导入' }).click();
  await page.waitForURL(new RegExp(`year=${year}`));
  const after_ = await api(page, '/calendar/years');
  assert.equal(after_.items.at(-1).year, year);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('list, board, chart and what stalls tell the same lateness, as the server counts it', async () => {
  const page = await open(browser);
  await signIn(page, 'leader', '/projects?overdue=1');
  await settled(page);
  const stalled = [];
  for (let cursor = ''; ; ) {
    const one = await api(page, `/pipeline/stalled?limit=50&cursor=${cursor}`);
    stalled.push(...one.items);
    if (!(cursor = one.next_cursor ?? '')) break;
  }
  const said = new Map(stalled.map((w) => [w.id, `逾期 ${-w.clock.left} ${w.clock.count_unit === 'working_day' ? '个工作日' : '天'}`]));
  const { items } = await api(page, '/projects?overdue=1&limit=50&sort=-updated_at');
  assert.ok(items.length > 5 && items.every((p) => said.has(p.id)));
  const rows = await page.locator('table.data tbody tr').allInnerTexts();
  let numbers = 0;
  for (const [i, p] of items.entries()) {
    const byDate = `逾期，应于 ${p.due_on}`;
    assert.ok(rows[i].includes(said.get(p.id)) || rows[i].includes(byDate), `${p.name}: ${rows[i]}, but ${said.get(p.id)}`);
    if (rows[i].includes(said.get(p.id))) numbers++;
  }
  assert.ok(numbers > items.length / 2, `${numbers} of ${items.length} are told as a number`);
  for (const view of ['board', 'gantt']) {
    await page.goto(`/projects?overdue=1&view=${view}`);
    await settled(page);
    const marks = await page.locator(view === 'board' ? '.board-card .tag[data-tone=red]' : '.gantt-state .tag[data-tone=red]').allInnerTexts();
    assert.ok(marks.length > 0);
    for (const mark of marks) assert.ok([...said.values()].includes(mark) || /^逾期，应于 \d{4}-\d\d-\d\d$/.test(mark), mark);
  }
  await page.goto('/stalled');
  await settled(page);
  for (const cell of await page.locator('table.data tbody tr td:nth-of-type(1)').allInnerTexts()) assert.equal(cell.match(/逾期/g).length, 1, cell); // one unit
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

for (const login of ['officer', 'leader']) {
  test(`the rest of a block of my day opens exactly what it counts (${login})`, async () => {
    const page = await open(browser);
    await signIn(page, login, '/today');
    await settled(page);
    const { blocks } = await api(page, '/pipeline/mine');
    const long = blocks.filter((b) => b.count > b.items.length);
    assert.ok(long.length > 0);
    for (const b of long) {
      await page.goto('/today');
      await settled(page);
      const section = page.locator('.section', { has: page.locator(`a[href="/today?block=${b.id}"]`) });
      assert.match(await section.getByRole('heading').innerText(), new RegExp(`\\(${b.count}\\)`));
      await section.getByRole('link', { name: '查看全部' }).click();
      await page.waitForURL(new RegExp(`block=${b.id}`));
      await settled(page);
      assert.match(await page.getByRole('heading', { level: 1 }).innerText(), new RegExp(`\\(${b.count}\\)`));
      assert.equal(await page.locator('.matters > li').count(), Math.min(b.count, 200), b.id);
      await page.getByRole('link', { name: '返回今日' }).click();
      await page.waitForURL(/\/today$/);
    }
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

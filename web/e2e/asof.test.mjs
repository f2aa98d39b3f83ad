// Looking back: a list and a project as they had been recorded by an earlier day.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, settled, signIn } from './browser.mjs';

const DAY = '2025-12-15';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const days = (from, until) => (Date.parse(until) - Date.parse(from)) / 86_400_000;

for (const view of ['', '&view=board', '&view=gantt']) {
  test(`the list as of an earlier day has its rows, judged by that day, and nothing to change (${view || 'list'})`, async () => {
    const page = await open(browser);
    await signIn(page, 'officer', `/projects?as_of=${DAY}${view}`);
    await settled(page);
    const { items } = await api(page, `/projects?as_of=${DAY}&limit=50`);
    assert.ok(items.length > 0);
    const rows = page.locator('table.data tbody tr');
    assert.equal(await rows.count(), items.length);
    for (const [i, p] of items.entries()) {
      const stood = days(p.stage_since, DAY);
      if (p.stage_since && stood < 730) assert.equal(await rows.nth(i).locator('td').nth(1).innerText(), `${stood} 天`, p.name);
      if (!p.due_on || p.due_on >= DAY) assert.doesNotMatch(await rows.nth(i).innerText(), /逾期/, `${p.name} is late of today, not of that day`);
    }
    assert.equal(await page.getByRole('button', { name: '登记项目' }).count(), 0);
    assert.equal(await page.getByRole('checkbox').count(), 0);
    assert.equal(await page.getByRole('navigation', { name: '显示方式' }).count(), 0);
    await page.getByRole('button', { name: '回到今天' }).click();
    await page.getByRole('button', { name: '登记项目' }).waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

test('a project as of an earlier day says its day, tells what happened until then and cannot be changed', async () => {
  const page = await open(browser);
  await signIn(page, 'officer');
  const { items } = await api(page, `/projects?as_of=${DAY}&limit=50`);
  const papers = await Promise.all(items.map(async (p) => ({ p, n: (await api(page, `/projects/${p.id}/evidence?as_of=${DAY}`)).items.filter((e) => !e.withdrawn_at).length })));
  const { p } = papers.find((x) => x.n > 0);
  await page.goto(`/projects/${p.id}?as_of=${DAY}`);
  await settled(page);
  assert.ok((await page.locator('#evidence .papers li').count()) > 0);
  assert.equal(await page.getByRole('button', { name: /^(撤回|作废|登记|提交证据|修改)/ }).count(), 0);
  await page.locator('#milestones .today-label', { hasText: DAY }).waitFor();
  assert.equal(await page.locator('#milestones').getByText('今天').count(), 0);
  await page.getByText('回看时不显示').waitFor();
  const told = await page.locator('#timeline li time').evaluateAll((all) => all.map((t) => t.textContent.slice(0, 10)));
  assert.ok(told.length > 0 && told.every((day) => day <= DAY), told.join());

  // The day stands at the top however far one has read.
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  const strip = await page.getByRole('status').filter({ hasText: `截至 ${DAY} 的登记内容` }).evaluate((node) => {
    const box = node.getBoundingClientRect();
    return [box.bottom - 2, box.top + 2].map((y) => node.contains(document.elementFromPoint(box.left + 30, y)));
  });
  assert.deepEqual(strip, [true, true], 'the strip is seen whole');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a day before a project was entered is told, and another is chosen from there', async () => {
  const page = await open(browser);
  await signIn(page, 'officer');
  const { items } = await api(page, '/projects?limit=50&sort=-stage_since');
  const young = items.find((p) => p.created_at > Date.parse('2025-06-01'));
  await page.goto(`/projects/${young.id}?as_of=2025-01-10`);
  await page.getByText('截至 2025-01-10 尚无该项目的记录').waitFor();
  const day = page.getByRole('textbox', { name: '查看以往某日' });
  assert.equal(await day.inputValue(), '2025-01-10');
  assert.equal(await page.getByText('确需查看的').count(), 0, 'it is not a matter of rights');
  await day.fill('2026-11-25');
  await day.press('Enter');
  await page.waitForURL(/as_of=2026-11-25/);
  await page.getByRole('heading', { level: 1, name: young.name }).waitFor();
  await page.context().close();
});

test('a project one may not open says whom to ask and leads back', async () => {
  const leader = await open(browser);
  await signIn(leader, 'leader');
  const operator = await open(browser);
  await signIn(operator, 'operator');
  const mine = new Set((await api(operator, '/projects?limit=200')).items.map((p) => p.id));
  const other = (await api(leader, '/projects?limit=200')).items.find((p) => !mine.has(p.id));
  await operator.goto('/projects/' + other.id);
  await operator.getByRole('alert').getByText('您无权查看').waitFor();
  await operator.getByText('请与责任部门联系').waitFor();
  await operator.getByRole('link', { name: '返回项目列表' }).click();
  await operator.waitForURL(/\/projects$/);
  await operator.context().close();
  await leader.context().close();
});

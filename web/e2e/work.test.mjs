import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, post, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A day n days from today, in China. */
const day = (n) => new Date(Date.now() + 8 * 3600_000 + n * 86400_000).toISOString().slice(0, 10);

/** Types a day into a day field. */
async function type(field, value) {
  await field.fill(value);
  await field.press('Enter');
}

test('a visit is noted on the phone, and its next step becomes a task', async () => {
  const page = await open(browser, { width: 390 });
  await signIn(page, 'officer', '/projects');
  await settled(page);
  const { items } = await api(page, '/projects?limit=1');
  const project = items[0];
  await page.getByRole('navigation').getByRole('link', { name: '记一笔' }).click();
  await page.getByRole('heading', { name: '记一笔' }).waitFor();
  await page.getByLabel('走访的项目或企业').fill(project.name);
  await page.locator('.ant-select-item-option').filter({ hasText: project.name }).first().click();
  await page.getByLabel('谈了什么').fill('看了二号车间，企业希望三月前交地。');
  await page.getByLabel('会见人员').fill('示例总经理');
  await page.getByLabel('有下一步，记为任务').check();
  await page.getByLabel('下一步', { exact: true }).fill('协调交地时间');
  await type(page.getByLabel('期限'), day(5));
  assert.equal(await tooWide(page), false);
  assert.deepEqual(await serious(page), []);
  // what is typed outlives a reload
  await page.reload();
  await settled(page);
  assert.equal(await page.getByLabel('谈了什么').inputValue(), '看了二号车间，企业希望三月前交地。');
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByRole('heading', { name: '已记录' }).waitFor();
  const notes = await api(page, '/notes?object=' + encodeURIComponent('pipeline.project/' + project.id));
  assert.equal(notes.items[0].people, '示例总经理');
  const mine = await api(page, '/work/mine');
  assert.ok([...mine.due_soon, ...mine.later].some((t) => t.title === '协调交地时间' && t.subject === 'pipeline.project/' + project.id));
  await page.getByRole('link', { name: '查看', exact: true }).click();
  await page.locator('#notes').getByText('看了二号车间').waitFor();
  await page.locator('#tasks').getByText('协调交地时间').waitFor();
  await page.locator('#timeline').getByText('写记录').waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a visit to a firm is read on the firm’s page, in its notes and its timeline', async () => {
  const page = await open(browser, { width: 390 });
  await signIn(page, 'officer', '/parties');
  await settled(page);
  const [firm] = (await api(page, '/parties?kind=enterprise&limit=1&sort=name')).items;
  const said = '示例走访：看了展厅，' + Date.now().toString(36);
  await page.goto('/parties/' + firm.id);
  await settled(page);
  await page.locator('#notes').getByRole('link', { name: '记走访' }).click();
  await page.getByRole('heading', { name: '记一笔' }).waitFor();
  await settled(page);
  await page.getByLabel('谈了什么').fill(said);
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByRole('heading', { name: '已记录' }).waitFor();
  await page.getByRole('link', { name: '查看', exact: true }).click();
  await page.locator('#notes').getByText(said).waitFor();
  await page.locator('#timeline li').filter({ hasText: '写记录 走访' }).first().waitFor();
  await page.locator('#timeline').getByText('登记主体').waitFor();
  assert.equal(await tooWide(page), false);
  assert.deepEqual(await serious(page), []);
  // A comment written on the page stands in both at once.
  await page.getByLabel('写批注').fill('示例批注');
  await page.getByRole('button', { name: '提交批注' }).click();
  await page.locator('#notes').getByText('示例批注').waitFor();
  await page.locator('#timeline li').first().filter({ hasText: '写记录 批注' }).waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a task is given, put off with a reason and done in its list; both languages', async () => {
  const page = await open(browser);
  await signIn(page, 'officer', '/tasks');
  await settled(page);
  await page.getByRole('button', { name: '布置任务' }).first().click();
  const drawer = page.getByRole('dialog', { name: '布置任务' });
  const title = '示例任务' + Date.now().toString(36);
  await drawer.getByLabel('任务', { exact: true }).fill(title);
  await type(drawer.getByLabel('期限'), day(1));
  await drawer.getByRole('button', { name: '布置任务' }).click();
  await drawer.waitFor({ state: 'hidden' });
  await page.getByRole('tab', { name: '本部门' }).click();
  await page.getByText(title).first().waitFor();
  assert.deepEqual(await serious(page), []);
  const row = page.locator('tr').filter({ hasText: title });
  await row.getByRole('button', { name: '更多操作' }).click();
  assert.ok((await page.getByRole('menuitem').allInnerTexts()).includes('改期'));
  await page.keyboard.press('Escape');
  await page.goto('/tasks?whose=given&q=' + encodeURIComponent(title));
  await settled(page);
  await page.getByText('筛选：标题含').waitFor();
  await page.getByRole('link', { name: title }).click();
  await page.getByRole('dialog', { name: '任务' }).getByText('办理经过').waitFor();
  assert.deepEqual(await serious(page), []);
  await page.context().close();

  const english = await open(browser, { lang: 'en' });
  await signIn(english, 'lead', '/tasks?whose=all');
  await settled(english);
  await english.getByRole('heading', { name: 'Tasks' }).waitFor();
  await english.getByText(title).first().waitFor();
  assert.equal(await tooWide(english), false);
  assert.deepEqual(english.faults, []);
  await english.context().close();
});

test('a task whose owner has left waits for the lead on my day, who hands it on; what is due later is told too', async () => {
  const admin = await open(browser);
  await signIn(admin, 'sysadmin', '/security');
  const leaver = (await api(admin, '/accounts?q=officer4')).items.find((a) => a.login === 'officer4');
  const page = await open(browser);
  await signIn(page, 'lead2', '/security');
  const me = (await api(page, '/session')).account;
  const title = '示例离任任务' + Date.now().toString(36);
  const given = await post(page, '/tasks', { title, unit: me.unit, owner: leaver.id, due_on: day(40) });
  await post(page, '/tasks', { title: title + '自办', unit: me.unit, owner: me.id, due_on: day(40) });
  await page.goto('/today');
  await settled(page);
  const ownerless = page.locator('.section', { hasText: '负责人已离任的任务' });
  assert.equal(await ownerless.getByText(title, { exact: true }).count(), 0, 'the owner is still there');
  await page.locator('.section', { hasText: '以后到期的任务' }).getByRole('link', { name: title + '自办' }).waitFor();

  await post(admin, `/accounts/${leaver.id}/disable`, { reason: '示例：调任他区' });
  try {
    await page.reload();
    await settled(page);
    const line = ownerless.locator('.matters > li', { hasText: title });
    await line.getByText(`${leaver.name} 已离任`).waitFor();
    assert.deepEqual(await serious(page), []);
    await line.getByRole('button', { name: `转交：${title}` }).click();
    const drawer = page.getByRole('dialog', { name: '转交' });
    await drawer.getByLabel('负责人', { exact: true }).fill('演示专员丙');
    await page.locator('.ant-select-item-option').filter({ hasText: '演示专员丙' }).first().click();
    await drawer.getByRole('button', { name: /^转\s?交$/ }).click();
    await line.waitFor({ state: 'detached' });
    const after_ = await api(page, '/tasks/' + given.id);
    assert.deepEqual([after_.owner_name, after_.owner_left, after_.unit], ['演示专员丙', false, me.unit]);
    assert.deepEqual(page.faults, []);
  } finally {
    await post(admin, `/accounts/${leaver.id}/enable`, { reason: '示例：恢复' });
  }
  await page.context().close();
  await admin.context().close();
});

test('an activity is registered, held with its firms, and its minutes filed', async () => {
  const page = await open(browser);
  await signIn(page, 'lead', '/activities');
  await settled(page);
  await page.getByRole('button', { name: '登记活动' }).first().click();
  const form = page.getByRole('dialog', { name: '登记活动' });
  await form.getByLabel('名称', { exact: true }).fill('示例推介会');
  await type(form.getByLabel('日期', { exact: true }), day(0));
  await form.getByLabel('地点').fill('示例会议中心');
  await form.getByRole('button', { name: '添加企业' }).click();
  await form.getByLabel('第 1 家企业名称').fill('示例外地企业');
  await form.getByLabel('费用').fill('1.2万');
  await form.getByLabel('平台').click();
  await page.locator('.ant-select-item-option').filter({ hasText: '综保产业促进平台' }).click();
  await form.getByRole('button', { name: '登记活动' }).click();
  await page.getByRole('heading', { name: '示例推介会' }).waitFor();
  await settled(page);
  assert.equal(await page.getByRole('link', { name: '综保产业促进平台' }).count(), 1);
  await page.getByRole('button', { name: '登记举办' }).click();
  const hold = page.getByRole('dialog', { name: '登记举办' });
  await hold.getByRole('button', { name: '登记举办' }).click();
  await hold.waitFor({ state: 'hidden' });
  await page.getByText('还剩 5 个工作日').first().waitFor();
  assert.deepEqual(await serious(page), []);
  await page.getByRole('button', { name: '提交纪要' }).click();
  const minutes = page.getByRole('dialog', { name: '提交纪要' });
  await minutes.getByLabel('纪要').fill('与示例外地企业商定下月来区考察。');
  await minutes.getByRole('button', { name: '提交纪要' }).click();
  await minutes.waitFor({ state: 'hidden' });
  await page.locator('#minutes').getByText('商定下月来区考察').waitFor();
  await page.goto('/activities');
  await settled(page);
  await page.getByTestId('sums').getByText('费用合计').first().waitFor();
  await page.goto('/methods');
  await settled(page);
  await page.getByText('以商招商').first().waitFor();
  const yields = await api(page, '/scoreboard/yield?by=method&from=2000-01-01');
  await page.goto('/methods?period=all');
  await settled(page);
  const fair = yields.rows.find((r) => r.id === 'fair');
  const row = page.getByRole('row', { name: /展会推介/ });
  assert.equal(await row.getByRole('button', { name: /线索/ }).innerText(), String(fair.leads));
  await row.getByRole('button', { name: /线索/ }).click();
  const records = page.getByRole('dialog', { name: '招商方式的投入产出 · 展会推介' });
  assert.equal(await records.locator('p[role=status]').innerText(), `共 ${fair.leads} 条` + (fair.hidden ? ` · 另有 ${fair.hidden} 条无权查看` : ''));
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
  await page.context().close();

  const phone = await open(browser, { width: 390, lang: 'en' });
  await signIn(phone, 'lead', '/activities');
  await settled(phone);
  assert.equal(await tooWide(phone), false);
  assert.deepEqual(await serious(phone), []);
  await phone.context().close();
});

test('who may not see joint work is told who can grant it', async () => {
  const page = await open(browser);
  await signIn(page, 'sysadmin', '/tasks');
  await page.getByText('您没有这项权限').waitFor();
  await page.context().close();
});

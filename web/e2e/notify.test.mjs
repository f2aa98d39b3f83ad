// Notices: the bell live, the list, what each person chooses, and the
// administrator's channels with what did not arrive.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A day n days from today, in China. */
const day = (n) => new Date(Date.now() + 8 * 3600_000 + n * 86400_000).toISOString().slice(0, 10);

/** Posts body as who is signed in on page. */
function post(page, path, body) {
  return page.evaluate(
    async ([p, b]) => {
      const answer = await fetch('/api/v1' + p, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(b) });
      return { status: answer.status, body: answer.status === 204 ? null : await answer.json() };
    },
    [path, body],
  );
}

test('the bell shows a task that a colleague gives, live, and leads to it on a phone', async () => {
  const officer = await open(browser, { width: 390 });
  await signIn(officer, 'officer', '/today');
  await settled(officer);
  const me = (await api(officer, '/session')).account;
  const lead = await open(browser);
  await signIn(lead, 'lead', '/today');
  await settled(lead);
  const title = '示例通知任务' + Date.now().toString(36);
  const { unread } = await api(officer, '/notices?limit=1');
  const given = await post(lead, '/tasks', { title, owner: me.id, due_on: day(3), priority: 'urgent' });
  assert.equal(given.status, 201);
  const bell = officer.getByRole('button', { name: `通知，${unread + 1} 条未读` });
  await bell.waitFor();
  await bell.click();
  const drawer = officer.getByRole('dialog', { name: '通知' });
  await drawer.getByRole('link', { name: title }).waitFor();
  assert.equal(await tooWide(officer), false);
  assert.deepEqual(await serious(officer), []);
  await drawer.getByRole('link', { name: title }).click();
  await officer.getByRole('dialog').getByText(title).first().waitFor();
  assert.match(officer.url(), new RegExp(`/tasks\\?open=${given.body.id}$`));
  await officer.waitForFunction(async (n) => (await (await fetch('/api/v1/notices?limit=1')).json()).unread === n, unread);
  assert.deepEqual([...officer.faults, ...lead.faults], []);
  await officer.context().close();
  await lead.context().close();
});

test('a deep link opens behind the sign-in, on a phone', async () => {
  const page = await open(browser, { width: 390 });
  await page.goto('/notices?unread=1');
  await page.waitForURL(/\/sign-in\?next=/);
  assert.equal(new URL(page.url()).searchParams.get('next'), '/notices?unread=1');
  await page.context().close();
});

test('a second page of the same browser is told without a stream of its own', async () => {
  const first = await open(browser);
  await signIn(first, 'officer', '/notices');
  await settled(first);
  const second = await first.context().newPage();
  const streams = [];
  second.on('request', (request) => request.url().includes('/notices/events') && streams.push(request.url()));
  await second.goto('/notices');
  await second.getByRole('heading', { name: '通知' }).waitFor();
  const me = (await api(first, '/session')).account;
  const lead = await open(browser);
  await signIn(lead, 'lead', '/today');
  const { unread } = await api(first, '/notices?limit=1');
  assert.equal((await post(lead, '/tasks', { title: '示例两页任务', owner: me.id, due_on: day(3) })).status, 201);
  for (const page of [first, second]) await page.getByRole('button', { name: `通知，${unread + 1} 条未读` }).waitFor();
  assert.deepEqual(streams, []);
  await first.getByRole('button', { name: '全部标为已读' }).click();
  for (const page of [first, second]) await page.getByRole('button', { name: '通知', exact: true }).waitFor();
  await first.context().close();
  await lead.context().close();
});

test('each person chooses what reaches them where; both languages', async () => {
  for (const lang of ['zh', 'en']) {
    const zh = lang === 'zh';
    const page = await open(browser, { lang });
    await signIn(page, 'officer', '/notices/preferences');
    await settled(page);
    await page.getByLabel(zh ? '电子邮箱' : 'E-mail address').fill('officer');
    await page.getByRole('button', { name: zh ? /保\s*存/ : 'Save' }).click();
    await page.getByRole('alert').first().waitFor();
    assert.deepEqual(await serious(page), []);
    await page.getByLabel(zh ? '电子邮箱' : 'E-mail address').fill('officer@zone.example.cn');
    await page.getByLabel(zh ? '免打扰开始' : 'Quiet from').fill('22:00');
    await page.getByLabel(zh ? '免打扰结束' : 'Quiet until').fill('07:00');
    await page.getByLabel(zh ? '每天 9:00 汇总' : 'Daily at 9:00').check();
    const box = page.getByRole('checkbox', { name: zh ? '任务已逾期：邮件' : 'A task is late: E-mail' });
    await box.setChecked(!zh);
    await page.getByRole('button', { name: zh ? /保\s*存/ : 'Save' }).click();
    await page.getByText(zh ? '通知设置已保存' : 'Settings saved').waitFor();
    const kept = await api(page, '/notices/preferences');
    assert.deepEqual([kept.address, kept.quiet_from, kept.quiet_until, kept.digest], ['officer@zone.example.cn', '22:00', '07:00', 'daily']);
    assert.deepEqual(kept.topics.find((t) => t.topic === 'work.late').ways, zh ? ['product'] : ['product', 'email']);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

test('the administrator sets up a channel, tries it, pauses and removes it; where it leads is not shown', async () => {
  for (const width of [1440, 390]) {
    const page = await open(browser, { width });
    await signIn(page, 'sysadmin', '/channels');
    await settled(page);
    const name = '示例群' + Date.now().toString(36);
    await page.getByRole('button', { name: '添加渠道' }).click();
    const drawer = page.getByRole('dialog', { name: '添加渠道' });
    await drawer.getByLabel('名称').fill(name);
    await drawer.getByLabel('地址').fill('https://127.0.0.1/hook?key=only-we-know');
    await drawer.getByRole('button', { name: /保\s*存/ }).click();
    await drawer.getByRole('alert').getByText('notify_hosts').waitFor();
    await drawer.getByLabel('地址').fill('https://qyapi.weixin.invalid/hook?key=only-we-know');
    await drawer.getByRole('button', { name: /保\s*存/ }).click();
    await drawer.waitFor({ state: 'hidden' });
    await page.getByText(name).first().waitFor();
    assert.ok(!(await page.content()).includes('only-we-know'));
    assert.equal(await tooWide(page), false);
    assert.deepEqual(await serious(page), []);
    await page.getByRole('button', { name: `测试 ${name}` }).click();
    await page.locator('.ant-message-notice').waitFor();
    await page.getByRole('button', { name: `暂停 ${name}` }).click();
    await page.getByRole('button', { name: `恢复 ${name}` }).waitFor();
    await page.getByRole('button', { name: `删除 ${name}` }).click();
    await page.getByRole('dialog', { name: `删除“${name}”？` }).getByRole('button', { name: /删\s*除/ }).click();
    await page.getByRole('button', { name: `删除 ${name}` }).waitFor({ state: 'detached' });
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A call of the API with the page's own session. */
function ask(page, method, path, body, headers = {}) {
  return page.evaluate(
    async ([m, p, b, h]) => {
      const response = await fetch('/api/v1' + p, { method: m, headers: { 'Content-Type': 'application/json', ...h }, ...(b ? { body: JSON.stringify(b) } : {}) });
      return { status: response.status, body: response.status === 204 ? null : await response.json() };
    },
    [method, path, body, headers],
  );
}

/** A lead of the page's own, ready to be screened when its department's head has signed. */
async function lead(page, name) {
  const made = await ask(page, 'POST', '/projects', { name, source: '示例推介会', finder: '招商一局', found_on: '2026-01-05', industry: 'C34', total_investment: { minor: 12_000_000_000, currency: 'CNY' } });
  assert.equal(made.status, 201);
  return made.body;
}

async function papers(page, head, id) {
  const filed = await page.evaluate(async (url) => {
    const form = new FormData();
    form.append('kind', 'screening_form');
    form.append('on', '2026-02-10');
    form.append('title', '示例初判表');
    form.append('file', new File(['演示数据' + Math.random()], '初判表.txt', { type: 'text/plain' }));
    return (await fetch(url, { method: 'POST', body: form })).status;
  }, `/api/v1/projects/${id}/evidence`);
  assert.equal(filed, 201);
  assert.equal((await ask(head, 'POST', `/projects/${id}/signoffs`, { role: 'department_lead', opinion: '示例：同意' })).status, 201);
}

/** The board has its cards and its stream. */
async function ready(page) {
  await page.locator('[data-live=live]').waitFor();
  await page.waitForFunction(() => document.querySelector('.column') && !document.querySelector('.column-body[aria-busy=true]'));
}

const column = (page, name) => page.getByRole('region', { name: new RegExp(`^${name}，`) });
const cardIn = (page, stage, name) => column(page, stage).locator('.board-card', { hasText: name });

test('a card is dragged; a colleague sees it move; the menu takes it back', async () => {
  const officer = await open(browser);
  const head = await open(browser);
  await signIn(officer, 'officer');
  await signIn(head, 'lead');
  const name = '看板示例' + Date.now();
  const p = await lead(officer, name);
  await officer.goto('/projects?view=board');
  await ready(officer);
  await head.goto('/projects?view=board');
  await ready(head);

  // What is missing is told, and nothing has moved.
  await cardIn(officer, '线索', name).dragTo(column(officer, '初判'));
  const notYet = officer.getByRole('dialog', { name: `“${name}”还不能推进` });
  await notYet.locator('.checklist li[data-met=false]').first().waitFor();
  await notYet.getByRole('button', { name: '关闭' }).last().click();
  await cardIn(officer, '线索', name).waitFor();
  assert.equal((await api(officer, '/projects/' + p.id)).stage, 'lead');

  await papers(officer, head, p.id);
  await officer.reload();
  await ready(officer);
  const before = Number(/\d+/.exec(await column(head, '初判').getByRole('heading').innerText())[0]);
  await cardIn(officer, '线索', name).dragTo(column(officer, '初判'));
  const dialog = officer.getByRole('dialog', { name: `“${name}”：推进到初判` });
  await dialog.waitFor();
  await cardIn(officer, '初判', name).getByText('待确认').waitFor();
  await dialog.getByRole('button', { name: /^取\s?消$/ }).click();
  await cardIn(officer, '线索', name).waitFor(); // rolled back
  await cardIn(officer, '线索', name).dragTo(column(officer, '初判'));
  await dialog.getByRole('button', { name: '推进到初判' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await cardIn(officer, '初判', name).waitFor();
  assert.match(await cardIn(officer, '初判', name).innerText(), /演示专员甲/, 'whose it is stays on the card');
  assert.equal((await api(officer, '/projects/' + p.id)).stage, 'screening');
  await officer.getByRole('status').getByText(`“${name}”已到“初判”`).waitFor({ state: 'attached' });
  await officer.waitForFunction((id) => document.activeElement?.id === id, 'move-' + p.id);

  // The colleague's board follows by itself.
  await cardIn(head, '初判', name).waitFor();
  assert.equal(await cardIn(head, '线索', name).count(), 0);
  await head.waitForFunction(([n]) => [...document.querySelectorAll('.column h2')].some((h) => h.innerText.startsWith('初判') && h.innerText.includes(String(n))), [before + 1]);

  // By keyboard alone.
  await head.locator(`#move-${p.id}`).focus();
  await head.keyboard.press('Enter');
  await head.getByRole('menuitem', { name: '退回到线索' }).waitFor();
  await head.keyboard.press('ArrowDown');
  while (!(await head.locator('.ant-dropdown-menu-item-active', { hasText: '退回到线索' }).count())) await head.keyboard.press('ArrowDown');
  await head.keyboard.press('Enter');
  const back = head.getByRole('dialog', { name: '退回到线索' });
  await back.getByLabel('理由').fill('示例：材料有误');
  await back.getByRole('button', { name: '退回到线索' }).click();
  await back.waitFor({ state: 'hidden' });
  await head.waitForFunction((id) => document.activeElement?.id === id, 'move-' + p.id);
  await cardIn(head, '线索', name).waitFor();
  await cardIn(officer, '线索', name).waitFor();
  assert.deepEqual([officer.faults, head.faults], [[], []]);
  await officer.context().close();
  await head.context().close();
});

test('of two who move one card the second is told, and the card stands where it is', async () => {
  const officer = await open(browser);
  const head = await open(browser);
  await signIn(officer, 'officer');
  await signIn(head, 'lead');
  const name = '同时移动示例' + Date.now();
  const p = await lead(officer, name);
  await officer.goto('/projects?view=board');
  await ready(officer);
  // The stream is cut, so the officer cannot know yet.
  await officer.route('**/projects/events*', (route) => route.abort());
  await officer.reload();
  await officer.waitForFunction(() => document.querySelector('.column') && !document.querySelector('.column-body[aria-busy=true]'));
  await officer.locator(`#move-${p.id}`).click();
  await officer.getByRole('menuitem', { name: '搁置' }).press('Enter');
  const dialog = officer.getByRole('dialog', { name: '搁置' });
  await dialog.getByLabel('理由').fill('示例：等待选址');
  assert.equal((await ask(head, 'POST', `/projects/${p.id}/calloff`, { to: 'lost', reason: '示例：企业撤回' }, { 'If-Match': `"${p.version}"` })).status, 200);
  await dialog.getByRole('button', { name: '搁置' }).click();
  await dialog.getByRole('alert').getByText(/^演示部长甲于 \d{4}-\d\d-\d\d \d\d:\d\d 记为流失（线索 → 流失）。$/).waitFor();
  assert.equal(await dialog.getByLabel('理由').inputValue(), '示例：等待选址', 'what was typed stays');
  assert.equal((await api(officer, '/projects/' + p.id)).stage, 'lost');
  await dialog.getByRole('button', { name: '刷新' }).click();
  await dialog.waitFor({ state: 'detached' }); // it stands elsewhere: nothing is left to confirm
  await cardIn(officer, '线索', name).waitFor({ state: 'detached' });
  await officer.context().close();
  await head.context().close();
});

test('a view is saved, shared with the department and not seen by another', async () => {
  const officer = await open(browser);
  await signIn(officer, 'officer2', '/projects?stage=lead&missing=1&gone=1');
  const name = '待补线索' + (Date.now() % 100_000);
  await officer.getByRole('button', { name: '保存为视图' }).click();
  const dialog = officer.getByRole('dialog', { name: '保存为视图' });
  await dialog.getByRole('button', { name: /保\s?存/ }).click();
  await dialog.getByText('请给视图起名。').waitFor();
  await dialog.getByLabel('名称').fill(name);
  await dialog.getByLabel('共享给本部门同事').check();
  await dialog.getByRole('button', { name: /保\s?存/ }).click();
  await dialog.waitFor({ state: 'hidden' });
  const tab = (page) => page.getByRole('navigation', { name: '视图' }).getByRole('link', { name: new RegExp(name) });
  await tab(officer).waitFor();
  await officer.locator('.view-tabs [aria-current=page]', { hasText: name }).waitFor(); // one is on it
  await officer.getByRole('navigation', { name: '视图' }).getByRole('link', { name: '全部' }).click();
  await officer.waitForURL(/v=all/);
  await tab(officer).click();
  assert.match(await officer.locator('.filter-words').innerText(), /线索，缺件的/);

  const colleague = await open(browser);
  await signIn(colleague, 'lead', '/projects');
  await tab(colleague).click();
  assert.match(await colleague.locator('.filter-words').innerText(), /线索，缺件的/);
  assert.equal(await colleague.getByRole('button', { name: '管理视图' }).count(), 0, 'only its owner changes it');
  await colleague.context().close();

  const other = await open(browser);
  await signIn(other, 'operator', '/projects');
  await other.getByRole('navigation', { name: '视图' }).getByRole('link', { name: '全部' }).waitFor();
  assert.equal((await api(other, '/views?page=projects')).items.some((v) => v.name === name), false);
  assert.equal(await tab(other).count(), 0);
  await other.context().close();

  await settled(officer);
  await officer.getByRole('button', { name: '管理视图' }).click();
  await officer.getByRole('menuitem', { name: '设为默认' }).press('Enter');
  await officer.getByText(`打开本页时先显示“${name}”`).waitFor();
  await officer.goto('/projects');
  await officer.waitForURL(/stage=lead/);
  await settled(officer); // the rows of the view are there: nothing moves under the menu
  await officer.getByRole('button', { name: '管理视图' }).click();
  await officer.getByRole('menuitem', { name: '删除视图' }).press('Enter');
  await officer.getByRole('dialog').getByRole('button', { name: '删除视图' }).click();
  await tab(officer).waitFor({ state: 'detached' });
  await officer.context().close();
});

test('of a long column only what is seen is drawn', async () => {
  const page = await open(browser);
  await signIn(page, 'leader');
  // A register far beyond the demo's: the API's own answer, a page at a time.
  const { items } = await api(page, '/projects?stage=lead&limit=1');
  let asked = 0;
  await page.route(/\/api\/v1\/projects\?.*stage=lead/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') || 0);
    asked++;
    void route.fulfill({ json: { items: Array.from({ length: 50 }, (_, i) => ({ ...items[0], id: `p${from + i}`, name: `虚构项目${from + i}`, updated_at: 1e12 - from - i })), next_cursor: from + 50 < 20_000 ? String(from + 50) : '' } });
  });
  await page.goto('/projects?view=board');
  await ready(page);
  for (let i = 1; i < 8; i++) {
    await column(page, '线索').getByRole('button', { name: /再显示 50 个/ }).click();
    await column(page, '线索').getByText(`已显示 ${50 * (i + 1)}`).waitFor();
  }
  assert.equal(asked, 8);
  const drawn = column(page, '线索').locator('.board-card');
  assert.ok((await drawn.count()) < 20, `${await drawn.count()} cards are drawn`);
  await column(page, '线索').locator('.column-body').evaluate((node) => (node.scrollTop = 138 * 300));
  await column(page, '线索').locator('.board-card', { hasText: /^虚构项目301/ }).waitFor();
  assert.ok((await drawn.count()) < 20);
  assert.equal(await column(page, '线索').locator('.board-card', { hasText: /^虚构项目301/ }).getAttribute('aria-posinset'), '302');
  await page.context().close();
});

test('board, chart and tabs are accessible in both languages, on a desk and on a phone', async () => {
  for (const lang of ['zh', 'en']) {
    for (const width of [1440, 390]) {
      const page = await open(browser, { lang, width });
      await signIn(page, 'leader', '/projects?view=board');
      await ready(page);
      assert.deepEqual(await serious(page), [], `board ${lang} ${width}`);
      assert.equal(await tooWide(page), false);
      if (width === 390) {
        assert.equal(await page.locator('.column').count(), 1);
        await page.getByRole('button', { name: lang === 'zh' ? /^签约/ : /^Signed/ }).click();
        await page.getByRole('heading', { level: 2, name: lang === 'zh' ? /^签约/ : /^Signed/ }).waitFor();
        await page.locator('.board-card').first().waitFor();
      }
      await page.goto('/projects?view=gantt');
      await page.locator('.gantt-chart svg').first().waitFor();
      await page.locator('details.after-image summary').click();
      assert.ok((await page.locator('details.after-image tbody tr').count()) > 10);
      assert.deepEqual(await serious(page), [], `gantt ${lang} ${width}`);
      assert.equal(await tooWide(page), false);
      assert.deepEqual(page.faults, []);
      await page.context().close();
    }
  }
});

test('a project amended meanwhile is moved after a look, with the reason typed before', async () => {
  const officer = await open(browser);
  const head = await open(browser);
  await signIn(officer, 'officer');
  await signIn(head, 'lead');
  const p = await lead(officer, '先看再办示例' + Date.now());
  await officer.goto('/projects/' + p.id);
  await settled(officer);
  await officer.getByRole('button', { name: '其他办理' }).click();
  await officer.getByRole('menuitem', { name: '搁置' }).click();
  const dialog = officer.getByRole('dialog', { name: `“${p.name}”：搁置` });
  await dialog.getByLabel('理由').fill('示例：等待选址');
  const amended = await ask(head, 'PATCH', `/projects/${p.id}`, { summary: '示例：概况有更新' }, { 'If-Match': `"${p.version}"` });
  assert.equal(amended.status, 200);
  await dialog.getByRole('button', { name: '搁置' }).click();
  await dialog.getByText(/^演示部长甲于 .* 修改项目。$/).waitFor();
  assert.equal((await api(officer, '/projects/' + p.id)).stage, 'lead', 'nothing is done unseen');
  await dialog.getByRole('button', { name: '刷新' }).click();
  await dialog.getByRole('alert').waitFor({ state: 'detached' });
  assert.equal(await dialog.getByLabel('理由').inputValue(), '示例：等待选址');
  await dialog.getByRole('button', { name: '搁置' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await api(officer, '/projects/' + p.id)).stage, 'shelved');
  assert.deepEqual(officer.faults, []);
  await officer.context().close();
  await head.context().close();
});

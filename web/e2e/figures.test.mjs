import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Sends body to the API with the page's own session. */
function send(page, path, body) {
  return page.evaluate(async ([p, b]) => {
    const answer = await fetch('/api/v1' + p, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(b) });
    return { status: answer.status, body: await answer.json() };
  }, [path, body]);
}

/** A project signed in yuan with a contract amount, of those filter names, that fits. */
async function signedProject(page, filter, fits = () => true) {
  const { items } = await api(page, `/projects?stage=landed&stage=started&${filter}limit=50`);
  for (const p of items) {
    const { rate } = await api(page, `/projects/${p.id}/figures`);
    if (rate.contract?.currency === 'CNY' && fits(p, rate)) return { ...p, rate };
  }
  throw new Error('the demo has no such project');
}

test('an instalment too large is refused in words and keeps what was entered; a right one stands with its voucher', async () => {
  const page = await open(browser);
  await signIn(page, 'officer');
  const me = (await api(page, '/session')).account.id;
  const project = await signedProject(page, `owner=${me}&`, (_, rate) => rate.contract.minor - (rate.paid_in?.minor ?? 0) > 1_000_000);
  const title = '示例银行回单 ' + Date.now();
  const filed = await page.evaluate(async ([url, name]) => {
    const form = new FormData();
    for (const [key, value] of [['kind', 'voucher'], ['on', '2026-11-20'], ['title', name]]) form.append(key, value);
    form.append('file', new File(['演示数据 ' + name], '回单.txt', { type: 'text/plain' }));
    return (await fetch(url, { method: 'POST', body: form })).status;
  }, [`/api/v1/projects/${project.id}/evidence`, title]);
  assert.equal(filed, 201);
  const before = (await api(page, `/projects/${project.id}/instalments`)).items.length;

  await page.goto('/projects/' + project.id);
  await settled(page);
  await page.locator('#money').getByRole('button', { name: '登记到位资金' }).click();
  const drawer = page.getByRole('dialog', { name: '登记到位资金' });
  const amount = drawer.getByLabel('金额');
  await amount.fill('9000亿');
  await drawer.getByText('读作').waitFor();
  await drawer.getByLabel('到位日期').fill('2026-11-20');
  await drawer.getByLabel('到位日期').press('Enter');
  await drawer.getByLabel('凭证').fill(title); // finds it among the others
  await page.locator('.ant-select-item-option-active', { hasText: title }).waitFor();
  await drawer.getByLabel('凭证').press('Enter');
  await drawer.locator('.ant-select-content', { hasText: title }).waitFor();
  await drawer.getByRole('button', { name: /^保\s?存$/ }).click();
  await drawer.getByRole('alert').filter({ hasText: '将超过合同金额' }).first().waitFor();
  assert.equal(await amount.inputValue(), '9000亿');
  assert.equal((await api(page, `/projects/${project.id}/instalments`)).items.length, before);

  await amount.fill('1万');
  await drawer.getByRole('button', { name: /^保\s?存$/ }).click();
  await drawer.waitFor({ state: 'hidden' });
  await page.locator('#money li', { hasText: title }).getByText('1.0万元').waitFor();
  const { items, rate } = await api(page, `/projects/${project.id}/instalments`);
  assert.equal(items.length, before + 1);
  assert.equal(rate.paid_in.minor, (project.rate.paid_in?.minor ?? 0) + 1_000_000);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('tax is masked for everybody; a leader sees it after saying what for, and the purpose is on record', async () => {
  const lead = await open(browser);
  await signIn(lead, 'lead');
  const unit = (await api(lead, '/session')).account.unit;
  const project = await signedProject(lead, `unit=${unit}&`, (p) => p.investor);
  const source = '示例税务证明 ' + Date.now();
  const recorded = await send(lead, `/projects/${project.id}/tax`, { period: '2025', kind: 'vat', amount: { minor: 123_456_700, currency: 'CNY' }, source });
  assert.equal(recorded.status, 201, JSON.stringify(recorded.body));
  await lead.context().close();

  const page = await open(browser);
  await signIn(page, 'leader', '/projects/' + project.id);
  await settled(page);
  const row = page.locator('#tax li', { hasText: source });
  await row.getByText('****').waitFor();
  assert.equal((await api(page, `/projects/${project.id}/tax`)).items.every((i) => !i.amount), true);
  await page.locator('#tax').getByRole('button', { name: '查看金额' }).click();
  const dialog = page.getByRole('dialog', { name: '查看金额' });
  await dialog.getByRole('button', { name: '查看金额' }).click();
  await dialog.getByText('请填写').first().waitFor();
  await dialog.getByRole('textbox').fill('示例：核对兑现材料');
  await dialog.getByRole('button', { name: '查看金额' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await row.getByText('123.5万元').waitFor();
  assert.deepEqual(page.faults, []);
  await page.reload();
  await settled(page);
  await row.getByText('****').waitFor(); // shown once, not from then on
  await page.context().close();
});

test('as of an earlier day a project shows what had been recorded then, and nothing to change', async () => {
  const page = await open(browser);
  await signIn(page, 'officer');
  const { items } = await api(page, '/projects?stage=started&limit=50');
  const moves = await Promise.all(items.map(async (p) => ({ p, now: p.stage, then: (await api(page, `/projects/${p.id}?as_of=2025-06-30`)).stage })));
  const changed = moves.find((m) => m.then && m.then !== m.now);
  assert.ok(changed, 'a project that stood elsewhere in June 2025');
  await page.goto(`/projects/${changed.p.id}?as_of=2025-06-30`);
  await settled(page);
  await page.getByRole('status').filter({ hasText: '截至 2025-06-30 的登记内容' }).waitFor();
  assert.equal(await page.locator('#money').getByRole('button', { name: '登记到位资金' }).count(), 0);
  assert.equal(await page.locator('#tax').count(), 0);
  await page.getByRole('button', { name: '回到今天' }).click();
  await page.waitForURL((url) => !url.searchParams.has('as_of'));
  await page.locator('#tax, #shares').first().waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

for (const lang of ['zh', 'en']) {
  test(`money, facts, tax and a look back are axe clean and fit 390 px (${lang})`, async () => {
    const page = await open(browser, { lang, width: 390 });
    await signIn(page, 'lead');
    const unit = (await api(page, '/session')).account.unit;
    const project = await signedProject(page, `unit=${unit}&`, (_, rate) => rate.paid_in?.minor > 0);
    for (const path of [`/projects/${project.id}`, `/projects/${project.id}?as_of=2026-06-30`]) {
      await page.goto(path);
      await settled(page);
      await page.locator('#money .rate').waitFor();
      assert.equal(await tooWide(page), false);
      assert.deepEqual(await serious(page), []);
    }
    await page.goto('/projects/' + project.id);
    await settled(page);
    const forms = { '#money': { zh: '登记到位资金', en: 'Record an instalment' }, '#facts': { zh: '登记事实', en: 'Record a fact' }, '#tax': { zh: '登记税收', en: 'Record tax' } };
    for (const [section, names] of Object.entries(forms)) {
      await page.locator(section).getByRole('button', { name: names[lang] }).click();
      await page.getByRole('dialog').waitFor();
      assert.deepEqual(await serious(page), [], section);
      await page.getByRole('dialog').getByRole('button', { name: lang === 'zh' ? /^取\s?消$/ : 'Cancel' }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

test('with no instalment on record no rate is told; figures stand at the right with the day they hold from', async () => {
  for (const width of [1440, 390]) {
    const page = await open(browser, { width });
    await signIn(page, 'leader');
    const { items } = await api(page, '/projects?stage=signed&stage=landed&limit=50');
    const sheets = await Promise.all(items.map(async (p) => ({ p, sheet: await api(page, `/projects/${p.id}/figures`), paid: (await api(page, `/projects/${p.id}/instalments`)).items })));
    const { p, sheet } = sheets.find((x) => x.paid.length === 0 && x.sheet.rate.contract && x.sheet.in_force.length > 0);
    await page.goto('/projects/' + p.id);
    await settled(page);
    const rate = await page.locator('#money .rate').innerText();
    assert.match(rate, /^到位率 未登记到位资金，合同金额 /);
    assert.doesNotMatch(rate, /%/);
    const figure = sheet.in_force.find((f) => !f.taken_back);
    await page.locator('#money .figures').getByText(`${figure.effective_on} 起`).first().waitFor();
    if (width === 1440) assert.equal(await page.locator('#money table.figures td').first().evaluate((td) => getComputedStyle(td).textAlign), 'end');
    else assert.equal(await page.locator('#money .table-scroll').count(), 0, 'nothing is cut off');
    await page.context().close();
  }
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, post, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const CODE = '912201000000000276'; // of a firm that does not exist

test('on a phone a firm is checked as its code is typed, and reported', async () => {
  const page = await open(browser, { width: 390 });
  await signIn(page, 'officer', '/reports');
  await settled(page);
  await page.getByRole('button', { name: '报备企业' }).click();
  const form = page.getByRole('dialog', { name: '报备企业' });
  await form.getByRole('textbox', { name: '统一社会信用代码' }).fill(CODE);
  await form.getByText('可以报备').waitFor();
  await form.getByLabel('企业名称').fill('演示冷链装备有限公司');
  await form.getByLabel('接触来源').fill('演示推介会');
  await form.getByLabel('投资意向').fill('建设演示冷库');
  await form.getByRole('button', { name: '提交报备' }).click();
  await page.getByRole('dialog', { name: '报备' }).getByText('还剩 90 天').waitFor();
  assert.equal(await tooWide(page), false);
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a rival learns until when and not by whom, disputes it, and the leader decides with both sides before them', async () => {
  const rival = await open(browser, { lang: 'en' });
  await signIn(rival, 'operator', '/reports');
  await settled(rival);
  await rival.getByRole('button', { name: 'Report a firm' }).click();
  const form = rival.getByRole('dialog', { name: 'Report a firm' });
  await form.getByRole('textbox', { name: 'Credit code' }).fill(CODE);
  await form.getByText('Another has reported this firm; it is protected until').waitFor();
  assert.doesNotMatch(await form.innerText(), /Bureau/);
  await form.getByLabel('Firm', { exact: true }).fill('演示冷链装备有限公司');
  await form.getByRole('radio', { name: 'Better right' }).check();
  await form.getByLabel('Reason for the claim').fill('We hold the cold store the firm needs');
  await form.getByRole('button', { name: 'File a conflicting report' }).click();
  await rival.getByText('This report is disputed; to be decided by').waitFor();
  assert.deepEqual(await serious(rival), []);
  await rival.context().close();

  const page = await open(browser);
  await signIn(page, 'leader', '/reports?view=conflicts&state=open');
  await settled(page);
  await page.getByRole('button', { name: '演示冷链装备有限公司' }).first().click();
  const drawer = page.getByRole('dialog', { name: '报备冲突' });
  await drawer.getByRole('radio', { name: /先报备的一方/ }).check();
  await drawer.getByLabel('理由').fill('报备在先，材料完整');
  assert.deepEqual(await serious(page), []);
  await drawer.getByRole('button', { name: '作出裁定' }).click();
  await drawer.waitFor({ state: 'hidden' });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a project shows who first reported its firm and until when, and whether another reported it since', async () => {
  const page = await open(browser);
  await signIn(page, 'officer', '/reports');
  await settled(page);
  const report = (await api(page, '/reports?status=active&limit=50')).items.find((r) => r.project && r.unit_name === '招商一局');
  await page.goto('/projects/' + report.project);
  await settled(page);
  const line = page.locator('#protection li', { hasText: report.protected_until });
  await line.getByText(`还剩 ${report.days_left} 天`).waitFor();
  await line.getByText('保护中').waitFor();
  assert.deepEqual(await serious(page), []);
  await line.getByRole('link', { name: '招商一局报备' }).click();
  await page.waitForURL('**/reports?open=' + report.id);
  await page.getByRole('dialog', { name: '报备' }).getByText(`还剩 ${report.days_left} 天`).waitFor();
  assert.deepEqual(page.faults, []);


  // The protection of another department's project has run out and its firm is reported anew: that is told there.
  const other = await open(browser, { lang: 'en', width: 390 });
  await signIn(other, 'lead3', '/reports');
  await settled(other);
  const { items } = await api(other, '/reports?status=expired&limit=50');
  let expired;
  for (const r of items.filter((x) => x.project && x.party)) if ((await api(other, '/reports/check?party=' + r.party)).state === 'free') expired ??= r;
  await other.goto('/projects/' + expired.project);
  await settled(other);
  const theirs = other.locator('#protection');
  await theirs.getByText('Expired').first().waitFor();
  assert.equal(await theirs.getByText('Another has reported this firm').count(), 0);
  const anew = await post(page, '/reports', { party: expired.party, source: '示例推介会', intent: '示例投资意向' });
  await other.reload();
  await settled(other);
  await theirs.getByText(`Another has reported this firm; it is protected until ${anew.protected_until}`).waitFor();
  assert.equal(await theirs.getByRole('link', { name: /Bureau 1/ }).count(), 0);
  assert.equal(await tooWide(other), false);
  assert.deepEqual(await serious(other), []);
  assert.deepEqual(other.faults, []);
  await other.context().close();
  await page.context().close();
});

test('shares that do not sum say by how much, and stay as they were', async () => {
  const page = await open(browser);
  await signIn(page, 'leader');
  const { items } = await api(page, '/projects?stage=negotiating&limit=1');
  await page.goto('/projects/' + items[0].id);
  await settled(page);
  await page.locator('#shares').getByRole('button', { name: '修改' }).click();
  const drawer = page.getByRole('dialog', { name: '调整业绩分配' });
  await drawer.getByRole('spinbutton').fill('87.5');
  await drawer.getByText('合计 87.5%，还差 12.5%').first().waitFor();
  await drawer.getByLabel('理由').fill('调整分工');
  await drawer.getByRole('button', { name: '保存' }).click();
  await drawer.getByText('合计 87.5%，还差 12.5%；须正好 100%').first().waitFor();
  assert.deepEqual(await serious(page), []);
  const shares = await api(page, `/projects/${items[0].id}/shares`);
  assert.equal(shares.rows[0].basis_points, 10000);
  await page.context().close();
});

test('a leader settles the rule of first reports from a day on, with its source and reason', async () => {
  const page = await open(browser, { width: 390 });
  await signIn(page, 'leader', '/reports');
  await settled(page);
  await page.getByRole('button', { name: '首报首谈规则' }).click();
  const drawer = page.getByRole('dialog', { name: '首报首谈规则' });
  const days = drawer.getByLabel('保护期（自然日）');
  await days.waitFor();
  assert.equal(await days.inputValue(), '90');
  assert.equal(await drawer.getByLabel('“发起”的最低份额').inputValue(), '20.00');
  await drawer.getByRole('button', { name: '保存为新版本' }).click();
  await drawer.getByText('请填写：理由').waitFor();
  // From a far day on: no other test is judged by it.
  await drawer.getByLabel('生效日').fill('2099-01-01');
  await drawer.getByLabel('生效日').press('Enter');
  await days.fill('60');
  await drawer.getByLabel('依据').fill('示例：园区首报首谈办法');
  await drawer.getByLabel('理由').fill('示例：缩短保护期');
  assert.deepEqual(await serious(page), []);
  assert.equal(await tooWide(page), false);
  await drawer.getByRole('button', { name: '保存为新版本' }).click();
  await drawer.waitFor({ state: 'hidden' });
  const rule = await api(page, '/pipeline/protection');
  const set = rule.versions.find((v) => v.valid_from === '2099-01-01');
  assert.deepEqual([rule.protected_days, set.protected_days, set.source, set.shares.keep], [90, 60, '示例：园区首报首谈办法', [{ part: 'began', basis_points: 2000 }]]);
  assert.deepEqual(page.faults, []);
  await page.context().close();

  const officer = await open(browser, { lang: 'en' });
  await signIn(officer, 'officer', '/reports');
  await settled(officer);
  assert.equal(await officer.getByRole('button', { name: 'Rule of first reports' }).count(), 0);
  await officer.context().close();
});

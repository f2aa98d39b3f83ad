import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, settled, signIn } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const stamp = Date.now();
const REGISTER = ['2026年招商项目台账,,,', '序号,项目名称,总投资（万元）,阶段', `1,示例导入甲${stamp},12000,在谈`, `2,示例导入乙${stamp},8500,线索`, '合计,,20500,', `3,示例导入丙${stamp},说不清,在谈`].join('\r\n');

test('a register goes from file to dry run, is published in one step and taken back as a whole', async () => {
  const page = await open(browser);
  await signIn(page, 'officer', '/imports/new');
  await page.getByText('不得录入国家秘密').first().waitFor();
  await page.locator('input[type=file]').setInputFiles({ name: `台账${stamp}.csv`, mimeType: 'text/csv', buffer: Buffer.from(REGISTER) });
  await page.locator('.preview').waitFor();
  assert.deepEqual(await page.locator('.preview tbody tr').evaluateAll((rows) => rows.map((r) => r.dataset.kind)), ['banner', 'header', 'data', 'data', 'total', 'data']);
  await page.getByRole('button', { name: '下一步：对应栏目' }).click();
  await page.locator('.mapping').getByText('B 项目名称').waitFor();
  await page.locator('.mapping').getByText('C 总投资（万元）').waitFor();
  await page.getByRole('button', { name: '开始试算' }).click();
  await page.waitForURL(/\/imports\/[0-9a-z]{26}$/);
  await page.getByText('试算完成：将写入 2 条。').waitFor({ timeout: 60_000 });
  const counts = await page.locator('.counts .count').evaluateAll((links) => Object.fromEntries(links.map((l) => [l.dataset.status, Number(l.querySelector('.figure').textContent)])));
  assert.deepEqual(counts, { '': 4, new: 2, changed: 0, unchanged: 0, merged: 0, rejected: 1, skipped: 1 });
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const listed = async () => (await api(page, `/projects?q=${encodeURIComponent('示例导入')}&run=${id}`)).items.length;
  assert.equal(await listed(), 0, 'nothing is visible before publishing');

  await page.locator('.count[data-status=rejected]').click();
  await page.getByRole('cell', { name: /总投资.*说不清/ }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '下载退回工作簿' }).click();
  assert.equal((await download).suggestedFilename(), '未导入的行.xlsx', 'in the language of the page, not of the browser');

  await page.getByRole('button', { name: /^发\s?布$/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^发\s?布$/ }).click();
  await page.getByText('已发布 2 条。').waitFor({ timeout: 60_000 });
  assert.equal(await listed(), 2);

  await page.getByRole('button', { name: '撤销导入' }).click();
  const dialog = page.getByRole('dialog');
  if (await dialog.getByLabel('理由').count()) await dialog.getByLabel('理由').fill('示例撤销');
  await dialog.getByRole('button', { name: '撤销导入' }).click();
  await page.getByText('已整体撤销').waitFor({ timeout: 60_000 });
  assert.equal(await listed(), 0, 'taken back as a whole');
  await settled(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

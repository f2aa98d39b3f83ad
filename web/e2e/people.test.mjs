import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, settled, signIn } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test('a contact is added, changed without being shown, and erased for a reason', async () => {
  const page = await open(browser);
  await signIn(page, 'lead');
  const { unit } = (await api(page, '/session')).account;
  const { items } = await api(page, '/parties?kind=enterprise&sort=-updated_at&limit=200');
  const path = '/parties/' + items.find((p) => p.unit === unit).id;
  const before = (await api(page, path)).contacts.length;
  await page.goto(path);
  await settled(page);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: '添加联系人' }).click();
  await dialog.getByLabel('姓名').fill('示例联系人');
  await dialog.getByLabel('电话').fill('13900000001');
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.waitFor({ state: 'hidden' });

  const row = page.locator('.papers li').filter({ hasText: '139****0001' });
  await row.getByRole('button', { name: '修改' }).click();
  await dialog.getByPlaceholder('139****0001（留空不改）').waitFor();
  assert.equal(await dialog.getByLabel('姓名').inputValue(), '', 'what is masked is not put into the form');
  await dialog.getByLabel('电话').fill('13900000002');
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const changed = page.locator('.papers li').filter({ hasText: '139****0002' });
  await changed.getByText('示**').waitFor();

  await changed.getByRole('button', { name: '删除个人信息' }).click();
  await dialog.getByLabel('理由').fill('示例：本人要求');
  await dialog.getByRole('button', { name: '删除个人信息' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.locator('.papers').getByText('已依法删除').waitFor();
  const after = (await api(page, path)).contacts;
  assert.equal(after.length, before + 1);
  const gone = after.find((c) => c.erased_at > 0);
  assert.deepEqual([gone.name, gone.title, gone.phone, gone.email], ['', '', '', '']);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('the one-time link of a new account is read before anything covers it', async () => {
  const page = await open(browser);
  await signIn(page, 'sysadmin', '/accounts');
  await settled(page);
  await page.getByRole('button', { name: '开立账号' }).click();
  await page.getByRole('dialog').getByLabel('登录名').fill('shili' + Date.now().toString(36));
  await page.getByRole('dialog').getByLabel('姓名').fill('示例新人');
  await page.getByRole('dialog').getByRole('button', { name: '开立', exact: true }).click();
  const link = page.getByRole('dialog', { name: '一次性链接' });
  assert.match(await link.locator('.mono').innerText(), /\/first-link\//);
  await page.getByRole('dialog', { name: '开立账号' }).waitFor({ state: 'hidden' });
  assert.equal(await page.getByRole('dialog').count(), 1, 'nothing covers it');
  await link.getByRole('button', { name: '已保存，关闭' }).click();
  await page.getByRole('dialog', { name: '账号' }).getByText('未授予角色').waitFor();
  await page.context().close();
});

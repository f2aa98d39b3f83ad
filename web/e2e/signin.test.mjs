import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, settled, signInByForm } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test('a wrong password is refused in words and nothing is opened', async () => {
  const page = await open(browser);
  await page.goto('/projects');
  await page.waitForURL(/\/sign-in\?next=%2Fprojects$/);
  await page.locator('input[autocomplete=username]').fill('officer2');
  await page.locator('input[autocomplete=current-password]').fill('wrong-Password-1');
  await page.locator('button[type=submit]').click();
  await page.getByRole('alert').getByText('登录名或密码不正确').waitFor();
  assert.equal(new URL(page.url()).pathname, '/sign-in');
  assert.equal(await page.locator('input[autocomplete=username]').inputValue(), 'officer2', 'the login stays');
  await page.context().close();
});

test('sign-in leads to the address that was asked for, and only within the site', async () => {
  const page = await open(browser);
  await signInByForm(page, 'officer', '/projects?stage=signed&sort=-amount');
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, '/projects?stage=signed&sort=-amount');
  await page.goto('/sign-in?next=' + encodeURIComponent('//example.org/'));
  await page.waitForURL((url) => url.pathname === '/today');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('navigation holds what the person may use, and signing out closes it', async () => {
  const page = await open(browser, { lang: 'en' });
  await signInByForm(page, 'secadmin');
  await settled(page);
  assert.deepEqual(await page.locator('nav.side a').allInnerTexts(), ['Departments', 'Accounts']);
  assert.equal(await page.locator('.demo-mark').innerText(), 'Demo data');
  await page.getByRole('button', { name: /Personal menu/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).press('Enter');
  await page.waitForURL(/\/sign-in/);
  await page.goto('/accounts');
  await page.waitForURL(/\/sign-in\?next=%2Faccounts$/);
  await page.context().close();
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Calls the API with the page's own session, on the version now on record. */
function send(page, path, method, body, on = path) {
  return page.evaluate(
    async ([p, m, b, o]) => {
      const etag = (await fetch('/api/v1' + o)).headers.get('ETag');
      return (await fetch('/api/v1' + p, { method: m, headers: { 'Content-Type': 'application/json', 'If-Match': etag, 'Idempotency-Key': crypto.randomUUID().replaceAll('-', '') }, body: JSON.stringify(b) })).status;
    },
    [path, method, body, on],
  );
}

/** The texts of a field's three contents. */
const row = (dialog, field) => dialog.locator(`li[data-field=${field}] .compare-value`).allInnerTexts();
/** Which side of a field is taken, "" when none. */
const taken = (dialog, field) => dialog.locator(`li[data-field=${field}] input`).evaluateAll((inputs) => inputs.find((i) => i.checked)?.value ?? '');

test('two officials save one project: the second chooses field by field, and again when the first saves again', async () => {
  const mine = await open(browser);
  await signIn(mine, 'officer');
  const other = await open(browser, { width: 390 });
  await signIn(other, 'lead');
  const me = (await api(mine, '/session')).account;
  const them = (await api(other, '/session')).account.name;
  const path = '/projects/' + (await api(mine, `/projects?stage=lead&owner=${me.id}&limit=1`)).items[0].id;
  assert.equal(await send(other, path, 'PATCH', { site: '原地块', scope: '原内容', source: '原来源', summary: '' }), 200);

  await mine.goto(path + '?do=edit%3Asite');
  await mine.getByLabel('落户地点').fill('乙地块');
  await mine.getByLabel('建设（合作）内容').fill('乙内容');
  assert.equal(await send(other, path, 'PATCH', { site: '甲地块', source: '甲来源' }), 200);
  await mine.getByRole('button', { name: /^保\s?存$/ }).click();

  const dialog = mine.getByRole('dialog', { name: '该记录已被他人修改' });
  await dialog.waitFor();
  assert.deepEqual(await dialog.locator('li[data-field]').evaluateAll((rows) => rows.map((r) => r.dataset.field).sort()), ['scope', 'site', 'source']);
  assert.deepEqual(await row(dialog, 'site'), ['原地块', '乙地块', '甲地块']);
  assert.deepEqual(await row(dialog, 'source'), ['原来源', '原来源', '甲来源']);
  assert.deepEqual(await Promise.all(['site', 'scope', 'source'].map((f) => taken(dialog, f))), ['', 'mine', 'theirs']);
  assert.match(await dialog.locator('li[data-field=site]').innerText(), new RegExp(`${them} · \\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}`));
  assert.doesNotMatch(await dialog.locator('li[data-field=scope]').innerText(), new RegExp(them));
  assert.deepEqual(await serious(mine), []);

  await dialog.getByRole('button', { name: '按选定内容保存' }).click();
  await dialog.getByText('请选定：落户地点').waitFor();
  assert.equal((await api(mine, path)).site, '甲地块', 'nothing is saved while one field is undecided');
  await dialog.getByRole('radio', { name: /我的输入.*乙地块/ }).check();
  await dialog.locator('li[data-field=scope]').getByRole('radio', { name: /现在的记录/ }).check();

  // The first saves once more, from a phone, in its own form.
  await other.goto(path + '?do=edit%3Asite');
  await other.getByLabel('落户地点').fill('丙地块');
  await other.getByRole('button', { name: /^保\s?存$/ }).click();
  await other.getByRole('dialog').waitFor({ state: 'hidden' });
  await dialog.getByRole('button', { name: '按选定内容保存' }).click();
  await dialog.getByText('您比对期间，该项目又有人保存').waitFor();
  assert.deepEqual(await row(dialog, 'site'), ['原地块', '乙地块', '丙地块']);
  assert.deepEqual(await Promise.all(['site', 'scope', 'source'].map((f) => taken(dialog, f))), ['', 'theirs', 'theirs']);

  // Going back to the form loses nothing typed.
  await dialog.getByRole('button', { name: '返回编辑' }).click();
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await mine.getByLabel('落户地点').inputValue(), '乙地块');
  assert.equal(await mine.getByLabel('建设（合作）内容').inputValue(), '乙内容');
  await mine.getByRole('button', { name: /^保\s?存$/ }).click();
  await dialog.getByRole('radio', { name: /我的输入.*乙地块/ }).check();
  await dialog.getByRole('button', { name: '按选定内容保存' }).click();
  await mine.getByRole('dialog').first().waitFor({ state: 'hidden' });
  const saved = await api(mine, path);
  assert.deepEqual([saved.site, saved.scope, saved.source], ['乙地块', '乙内容', '甲来源']);
  assert.deepEqual(mine.faults, []);
  await mine.context().close();
  await other.context().close();
});

test('on a phone, in English: amounts are compared in full, and a project lost meanwhile says so', async () => {
  const mine = await open(browser, { width: 390, lang: 'en' });
  await signIn(mine, 'officer');
  const other = await open(browser, { lang: 'en' });
  await signIn(other, 'lead');
  const me = (await api(mine, '/session')).account;
  const them = (await api(other, '/session')).account.name;
  const path = '/projects/' + (await api(mine, `/projects?stage=lead&owner=${me.id}&limit=1`)).items[0].id;
  await mine.goto(path + '?do=edit%3Asite');
  await mine.getByLabel('Site', { exact: true }).fill('Plot two');
  await mine.getByLabel('Total investment', { exact: true }).fill('2亿');
  assert.equal(await send(other, path, 'PATCH', { site: 'Plot one', total_investment: { minor: 30_000_000_000, currency: 'CNY' } }), 200);
  await mine.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = mine.getByRole('dialog', { name: 'Someone else changed this record' });
  await dialog.waitFor();
  assert.match((await row(dialog, 'total_investment')).slice(1).join(' | '), /200,000,000.* \| .*300,000,000/);
  assert.deepEqual(await serious(mine), []);
  assert.equal(await tooWide(mine), false);
  assert.equal(await dialog.evaluate((d) => d.scrollWidth > d.clientWidth), false);

  assert.equal(await send(other, path + '/calloff', 'POST', { to: 'lost', reason: 'Example: went elsewhere' }, path), 200);
  await dialog.getByRole('button', { name: 'Take all of mine' }).click();
  await dialog.getByRole('button', { name: 'Save what is chosen' }).click();
  await dialog.getByText('The project is “Lost” for good and cannot be changed').waitFor();
  assert.match(await dialog.getByRole('alert').innerText(), new RegExp(`The stage went from Lead to Lost ${them}`));
  assert.equal(await dialog.getByRole('radio').count(), 0);
  assert.equal(await dialog.getByRole('button', { name: 'Save what is chosen' }).count(), 0);
  assert.equal((await row(dialog, 'site'))[1], 'Plot two', 'what was typed can still be copied');
  assert.equal((await api(mine, path)).site, 'Plot one');
  assert.deepEqual(await serious(mine), []);
  await mine.context().close();
  await other.context().close();
});

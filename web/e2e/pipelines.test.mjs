// Pipelines as data: each as a strip, one with its gates and limits, a change by
// forms, and a project that follows the pipeline chosen for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const [lang, width] of [
  ['zh', 1440],
  ['en', 390],
]) {
  test(`pipelines are read in ${lang} at ${width} px`, async () => {
    const page = await open(browser, { lang, width });
    await signIn(page, 'officer', '/pipelines');
    await settled(page);
    assert.equal(await page.locator('ol.stages').count() >= 6, true);
    await page.getByText(lang === 'zh' ? '不适用' : 'Does not apply').first().waitFor();
    assert.deepEqual(await serious(page), []);
    await page.getByRole('link', { name: lang === 'zh' ? '孵化流程' : 'Incubation' }).click();
    await page.getByText(lang === 'zh' ? '入孵评审' : 'Admission review').first().waitFor();
    await settled(page);
    assert.deepEqual(await serious(page), []);
    assert.equal(await tooWide(page), false, 'scrolls sideways');
    assert.equal(await page.getByRole('button', { name: lang === 'zh' ? '修改' : 'Change' }).count(), 0, 'an officer changes no pipeline');
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

for (const [lang, width, step, filed] of [
  ['zh', 1440, '海关备案', '筛选：海关备案'],
  ['en', 390, 'Customs filing', 'Showing: Customs filing'],
]) {
  test(`a pipeline’s own step is called by its name along time, in filters and where evidence is filed, in ${lang} at ${width} px`, async () => {
    const page = await open(browser, { lang, width });
    await signIn(page, 'officer', '/projects?view=gantt&track=bonded&stage=landed.customs&stage=started');
    await settled(page);
    await page.getByText(filed).waitFor();
    await page.locator('.gantt-state', { hasText: step }).first().waitFor();
    await page.locator('.gantt details summary').click();
    await page.locator('.gantt th[scope=col]', { hasText: step }).waitFor();
    assert.ok((await page.locator('.gantt-chart title').allTextContents()).some((x) => x.startsWith(step)));
    assert.doesNotMatch(await page.locator('main').innerHTML(), />[^<]*landed\.customs/, 'no id is shown');
    assert.deepEqual(await serious(page), []);
    assert.equal(await tooWide(page), false);
    const [project] = (await api(page, '/projects?track=bonded&stage=landed.customs&limit=1')).items;
    await page.goto(`/projects/${project.id}?do=evidence%3Aother`);
    await settled(page);
    await page.getByRole('dialog').getByRole('combobox').first().fill(step + ' ·');
    await page.locator('.ant-select-item-option').filter({ hasText: step }).first().waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

test('a leader renames a stage: a new version stands beside the old one', async () => {
  const page = await open(browser);
  await signIn(page, 'leader', '/pipelines/innovation?do=edit');
  await settled(page);
  assert.deepEqual(await serious(page), []);
  const row = page.locator('details.edit-row', { hasText: 'screening.tech' }).first();
  await row.locator('summary').click();
  await row.getByLabel('中文名称').fill('技术与伦理评审');
  assert.deepEqual(await serious(page), []);
  await page.getByRole('button', { name: '保存为新版本' }).click();
  await page.getByText('请说明原因').first().waitFor();
  await page.getByLabel('理由').fill('一并审查伦理');
  await page.getByRole('button', { name: '保存为新版本' }).click();
  await page.getByText('第 2 版').first().waitFor();
  await page.getByText('技术与伦理评审').first().waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a new project follows the pipeline chosen first', async () => {
  const page = await open(browser);
  await signIn(page, 'officer', '/projects/new');
  await settled(page);
  await page.getByLabel('流程', { exact: true }).click();
  await page.locator('.ant-select-item-option', { hasText: '孵化流程' }).click();
  await page.getByText('由“孵化流程”确定').waitFor();
  await page.getByLabel('项目名称').fill('示例流程项目');
  await page.getByLabel('线索来源').fill('路演');
  await page.getByLabel('线索发现人').fill('招商专员');
  const day = page.getByLabel('线索日期');
  await day.fill('2026-01-05');
  await day.press('Enter');
  await page.getByRole('button', { name: '登记' }).click();
  await page.getByText('入孵评审').first().waitFor();
  await settled(page);
  await page.locator('ol.stages li[data-state=none]', { hasText: '开工' }).waitFor();
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

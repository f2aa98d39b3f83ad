// Where a lead came from: the activity, the method, the campaign and the platform.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** What stands in a list of choices. */
const chosen = (page, label) => page.locator('.ant-form-item').filter({ has: page.getByLabel(label, { exact: true }) }).locator('.ant-select-content').innerText();

test('a lead is registered from its activity on a phone: it brings its method, and the project links back', async () => {
  const page = await open(browser, { width: 390 });
  await signIn(page, 'lead3');
  const [activity] = (await api(page, '/activities?status=held&limit=50')).items.filter((a) => a.platform && a.may_edit);
  const platform = await api(page, '/platforms/' + activity.platform);
  const method = (await api(page, '/methods')).items.find((m) => m.id === activity.method);
  await page.goto('/activities/' + activity.id);
  await settled(page);
  await page.locator('#leads').getByRole('link', { name: '登记线索' }).click();
  await page.waitForURL('**/projects/new?activity=' + activity.id);
  await page.getByRole('heading', { level: 1, name: '登记项目' }).waitFor();
  await settled(page);
  assert.equal(await page.getByLabel('线索来源').inputValue(), activity.name);
  assert.deepEqual(await Promise.all(['平台', '引出线索的活动', '招商方式'].map((label) => chosen(page, label))), [platform.name_zh, `${activity.name} · ${activity.on_date}`, method.zh]);
  const track = (await api(page, '/pipeline/tracks')).items.find((t) => t.id === platform.track);
  assert.equal(await chosen(page, '流程'), track.zh);
  const name = '示例线索' + Date.now().toString(36);
  await page.getByLabel('项目名称').fill(name);
  await page.getByLabel('线索发现人').fill('示例专员');
  await page.getByLabel('线索日期').fill(activity.on_date);
  await page.getByLabel('线索日期').press('Enter');
  assert.deepEqual(await serious(page), []);
  assert.equal(await tooWide(page), false);
  // What is typed outlives a reload, and a form begun elsewhere is another.
  await page.reload();
  await settled(page);
  assert.equal(await page.getByLabel('项目名称').inputValue(), name);
  await page.goto('/projects/new');
  await settled(page);
  assert.equal(await page.getByLabel('项目名称').inputValue(), '');
  await page.goBack();
  await settled(page);
  await page.getByRole('button', { name: /^登\s?记$/ }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  await settled(page);
  const made = await api(page, page.url().replace(/.*(\/projects\/[^?]+).*/, '$1'));
  assert.deepEqual([made.activity, made.method, made.campaign, made.platform, made.track, made.source], [activity.id, activity.method, activity.campaign, activity.platform, platform.track, activity.name]);
  assert.equal(await page.getByRole('link', { name: platform.name_zh, exact: true }).getAttribute('href'), '/platforms/' + platform.id);
  assert.equal(await page.getByRole('link', { name: method.zh, exact: true }).getAttribute('href'), '/projects?method=' + method.id);
  await page.getByRole('link', { name: activity.name, exact: true }).click();
  await page.locator('#leads').getByRole('link', { name }).waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('an address names platform, method and campaign; an unknown one is refused beside its field', async () => {
  const page = await open(browser, { lang: 'en' });
  await signIn(page, 'officer');
  const platform = (await api(page, '/platforms')).items.find((p) => p.track && p.track !== 'general' && p.works);
  const [campaign] = (await api(page, '/campaigns')).items;
  await page.goto(`/projects/new?platform=${platform.id}&method=chamber&campaign=${campaign.id}`);
  await settled(page);
  const track = (await api(page, '/pipeline/tracks')).items.find((t) => t.id === platform.track);
  assert.deepEqual(await Promise.all(['Platform', 'Pipeline', 'Campaign'].map((label) => chosen(page, label))), [platform.name_en, track.en, campaign.name]);
  await page.goto('/projects/new?campaign=nothing-like-this');
  await settled(page);
  await page.getByLabel('Project', { exact: true }).fill('Example of a campaign that is not there');
  await page.getByLabel('Source of the lead').fill('Example');
  await page.getByLabel('Found by').fill('Example');
  await page.getByLabel('Date of the lead').fill('2026-01-05');
  await page.getByLabel('Date of the lead').press('Enter');
  await page.getByRole('button', { name: 'Open project' }).click();
  await page.getByRole('alert').getByText(/campaign/i).first().waitFor();
  assert.deepEqual((await api(page, '/projects?q=' + encodeURIComponent('campaign that is not there'))).items, []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('where a lead came from is amended in the form, by whom is told in the timeline', async () => {
  const page = await open(browser);
  await signIn(page, 'officer');
  const me = (await api(page, '/session')).account;
  const project = (await api(page, `/projects?stage=screening&owner=${me.id}&limit=50`)).items.find((p) => !p.campaign);
  const [campaign] = (await api(page, '/campaigns')).items;
  await page.goto(`/projects/${project.id}?do=edit%3Acampaign`);
  await page.getByLabel('攻坚战', { exact: true }).fill(campaign.name);
  await page.locator('.ant-select-item-option').filter({ hasText: campaign.name }).first().click();
  await page.getByRole('button', { name: /^保\s?存$/ }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await settled(page);
  assert.equal((await api(page, '/projects/' + project.id)).campaign, campaign.id);
  assert.equal(await page.getByRole('link', { name: campaign.name, exact: true }).getAttribute('href'), '/projects?campaign=' + campaign.id);
  assert.match(await page.locator('#timeline li').first().innerText(), /修改项目\s*攻坚战/);
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

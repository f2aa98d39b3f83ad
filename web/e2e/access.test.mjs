// Every page in both languages, wide and on a phone, light and dark: axe-core
// finds nothing serious or critical, nothing scrolls sideways, nothing is asked
// of another server, and the demo mark is there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, serious, settled, signIn, tooWide } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const PAGES = {
  officer: ['/today', '/stalled', '/stalled?kind=quiet', '/calendar', '/projects', '/projects?stage=signed&q=nothing-like-this', '/projects/new', '/projects/:project', '/projects/:project?do=edit%3Asite', '/projects/:project?do=evidence%3Aother', '/parties', '/parties/:party', '/imports', '/imports/new', '/organisation', '/security', '/no-such-page', '/notices', '/notices/preferences'],
  auditor: ['/journal', '/journal/verify', '/accounts'],
  leader: ['/today', '/stalled'],
  sysadmin: ['/calendar', '/calendar?year=2027', '/channels', '/channels?state=sent'],
  secadmin: ['/accounts', '/projects'],
};

for (const lang of ['zh', 'en']) {
  for (const [width, theme] of [[1440, 'light'], [390, 'dark']]) {
    test(`the sign-in page in ${lang} at ${width} px, ${theme}`, async () => {
      const page = await open(browser, { lang, width, theme });
      await page.goto('/sign-in');
      await settled(page);
      assert.deepEqual(await serious(page), [], '/sign-in');
      assert.deepEqual(page.faults, []);
      await page.context().close();
    });
    for (const [login, paths] of Object.entries(PAGES)) {
      test(`${login} in ${lang} at ${width} px, ${theme}`, async () => {
        const page = await open(browser, { lang, width, theme });
        await signIn(page, login);
        const project = login === 'officer' ? (await api(page, '/projects?stage=started&limit=1')).items[0].id : '';
        const party = login === 'officer' ? (await api(page, '/parties?kind=enterprise&limit=1')).items[0].id : '';
        for (const path of paths) {
          await page.goto(path.replace(':project', project).replace(':party', party));
          await settled(page);
          await page.locator('.demo-mark').waitFor();
          assert.deepEqual(await serious(page), [], path);
          assert.equal(await tooWide(page), false, `${path} scrolls sideways`);
        }
        assert.deepEqual(page.faults, []);
        await page.context().close();
      });
    }
  }
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { siteFromTitle } from '../../../agent/src/enrich/site-from-title.ts';

const CASES: readonly (readonly [app: string, title: string, site: string | null])[] = [
  ['Google Chrome', 'Pull request #12 · owner/repo · GitHub - Google Chrome', 'GitHub'],
  ['firefox', 'Inbox (3) - jane@corp.com - Gmail — Mozilla Firefox', 'Gmail'],
  ['Firefox', 'Lofi beats - YouTube', 'YouTube'],
  ['google-chrome-stable', '(12) Lofi beats - YouTube - Google Chrome', 'YouTube'],
  ['chrome.exe', 'Meet – abc-defg-hij - Google Chrome', 'Google Meet'],
  ['Chromium', 'Google Meet - Chromium', 'Google Meet'],
  [
    'Microsoft Edge',
    'Budget - Google Sheets and 3 more pages - Personal - Microsoft\u200B Edge',
    'Google Sheets',
  ],
  ['Google Chrome', 'Home / X - Google Chrome', 'X'],
  ['Safari', 'Typed letters - Wikipedia', 'Wikipedia'],
  ['Google Chrome', 'Kinetrack | localhost:3000 - Google Chrome', 'localhost'],
  ['Google Chrome', '127.0.0.1:8080/page - Google Chrome', 'localhost'],
  ['Google Chrome', 'Jira board - jira.acme.com - Google Chrome', 'jira.acme.com'],
  ['Google Chrome', 'https://www.acme.co.uk/jobs?x=1 - Google Chrome', 'acme.co.uk'],
  // A page about a service is not that service.
  ['Google Chrome', 'Why I left Gmail for good - Google Chrome', null],
  ['Google Chrome', 'How to use GitHub - Wikipedia - Google Chrome', 'Wikipedia'],
  // Files that look like hosts, and addresses of people.
  ['Google Chrome', 'main.ts - Google Chrome', null],
  ['Google Chrome', 'report.pdf - Google Chrome', null],
  ['Google Chrome', 'jane@corp.com - Google Chrome', null],
  ['Google Chrome', 'Diary of Jane - Google Chrome', null],
  ['Google Chrome', '', null],
  // The same words outside a browser.
  ['Code', 'GitHub - Visual Studio Code', null],
  ['Chromecast Setup', 'YouTube', null],
];

for (const [app, title, site] of CASES) {
  test(`reads ${site ?? 'no site'} off ${JSON.stringify(title)} in ${app}`, () => {
    assert.equal(siteFromTitle(app, title), site);
  });
}

test('names only known services and hosts, whatever the title', () => {
  const parts = fc.array(fc.oneof(fc.string(), fc.domain(), fc.emailAddress(), fc.constant('GitHub')));
  fc.assert(
    fc.property(parts, (all) => {
      const site = siteFromTitle('firefox', `${all.join(' - ')} — Mozilla Firefox`);
      if (site?.includes('.')) assert.doesNotMatch(site, /[@\s/:]/u);
    }),
  );
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutLabel, filterTitle, MAX_LABEL_LENGTH } from '../../../agent/src/privacy/title-filter.ts';

const redacted = (title: string) => filterTitle(title, 'redacted');

const EXAMPLES: readonly (readonly [what: string, title: string, kept: string])[] = [
  ['a mail address', 'Inbox (3) - jane@corp.com - Gmail', 'Inbox - Gmail'],
  ['a mail address in full-width letters', 'hello ｊａｎｅ＠ｃｏｒｐ．ｃｏｍ there', 'hello there'],
  ['an address split by an invisible character', 'hello ja\u200Bne@\u200Bcorp.com there', 'hello there'],
  ['a handle', 'Jane (@jane_doe) / X', 'Jane / X'],
  ['a URL', 'see https://acme.example/a?token=abc now', 'see now'],
  ['a URL without scheme', 'see www.acme.example/a and acme.com now', 'see and now'],
  ['a host with a port', 'Dashboard - build.acme.internal:8080', 'Dashboard'],
  ['an IP address', 'Router at 192.168.0.1', 'Router at'],
  ['a unix path', '/home/jane/taxes.pdf - Evince', 'Evince'],
  ['a unix path with spaces', 'less /home/jane/My Secret Plan.txt - Terminal', 'less - Terminal'],
  ['a path below the home folder', '~/secrets/plan.md - Vim', 'Vim'],
  ['a Windows path with spaces', 'C:\\Users\\Jane van Doe\\tax.xlsx - Excel', 'Excel'],
  ['a network path', '\\\\server\\share\\pay - Explorer', 'Explorer'],
  ['a relative path', 'edit src/secret/plan.ts - Code', 'edit - Code'],
  ['the prompt of a shell', 'jane@laptop: ~/work/acme', ''],
  ['numbers', 'Invoice 4711 of 2026-11-20, 1.234,56 EUR', 'Invoice of EUR'],
  ['numbers in other scripts', 'فاتورة ٤٧١١', 'فاتورة'],
  ['a phone number', 'Call +49 (0)170 123 45 67 & wait', 'Call & wait'],
  ['an IBAN', 'Pay DE89 3704 0044 0532 0130 00 now', 'Pay now'],
  ['an IBAN with letters', 'Pay GB29 NWBK 6016 1331 9268 19', 'Pay'],
  ['a UUID', 'Job 3f2a9c1e-8d4b-4c6f-9a7e-1b2c3d4e5f60 done', 'Job done'],
  ['a commit', 'fix login deadbeefcafe - GitHub', 'fix login - GitHub'],
  ['a token', 'key ghp_aB3dE5fG7hI9 set', 'key set'],
  ['a token of letters alone', `key ${'qWeRtY'.repeat(7)} set`, 'key set'],
  ['decoration', '● [12] main.ts — Visual Studio Code', 'main.ts — Visual Studio Code'],
];

for (const [what, title, kept] of EXAMPLES) {
  test(`removes ${what}`, () => assert.equal(redacted(title), kept));
}

test('keeps the words that rules match', () => {
  for (const title of [
    'Weekly planning – Zoom Meeting',
    'Pull request · GitHub - Google Chrome',
    'Документ — LibreOffice Writer',
    '会議メモ - Google ドキュメント',
    'Q&A with C++ (draft)',
  ]) {
    assert.equal(redacted(title), title);
  }
});

test('returns the same title when only a counter changes', () => {
  assert.equal(redacted('(3) Inbox'), redacted('(4) Inbox'));
  assert.equal(redacted('(3) Inbox'), redacted('Inbox'));
});

test('keeps nothing of a title that is off, and all of one that is full', () => {
  assert.equal(filterTitle('jane@corp.com', 'off'), null);
  assert.equal(filterTitle(' jane@corp.com ', 'full'), 'jane@corp.com');
});

test('cuts at the length of a label, and never a character in half', () => {
  assert.equal(cutLabel('x'.repeat(2000)), 'x'.repeat(MAX_LABEL_LENGTH));
  assert.equal(cutLabel('😀'.repeat(400)), '😀'.repeat(256));
  assert.equal(cutLabel(`a${'😀'.repeat(400)}`), `a${'😀'.repeat(255)}`);
});

const word = fc.stringMatching(/^[a-z]{1,12}$/);
const secret = fc.oneof(
  fc.emailAddress(),
  fc.webUrl({ withQueryParameters: true }),
  fc.uuid(),
  fc.ipV4(),
  fc.integer({ min: 10 }).map(String),
  fc.array(word, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  fc.array(word, { minLength: 1, maxLength: 5 }).map((parts) => `C:\\${parts.join('\\')}`),
);

test('removes secrets at any place among words', () => {
  fc.assert(
    fc.property(fc.array(word), secret, fc.array(word), (before, hidden, after) => {
      const title = redacted([...before, hidden, ...after].join(' ')) ?? '';
      assert.equal(title.includes(hidden), false);
      // What stands before it is not harmed; after a path the rest may belong to it.
      assert.equal(title.startsWith(before.join(' ')), true);
    }),
  );
});

test('lets no digit, address or path through, whatever the title', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3000 }),
    fc.string({ unit: fc.constantFrom(...'aZ09@/\\.:-~ (#é東٣😀\u200B\uFF20'), maxLength: 3000 }),
  );
  fc.assert(
    fc.property(anything, (raw) => {
      const title = redacted(raw) ?? '';
      assert.doesNotMatch(title, /\p{N}|@|\\|\S\/|\/\S/u);
      assert.ok(title.length <= MAX_LABEL_LENGTH);
    }),
    { numRuns: 500 },
  );
});

test('reads only the beginning of a title of megabytes, and no half word of it', () => {
  const cut = `${'a '.repeat(1020)}jane.doe.of.berlin@corp.com`;
  assert.equal(redacted(cut.padEnd(5_000_000, 'x'))?.includes('jane'), false);
});

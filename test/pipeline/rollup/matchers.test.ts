import assert from 'node:assert/strict';
import { DEFAULT_RULES } from '@kinetrack/schema';
import fc from 'fast-check';
import { compileLists, compileWildcard } from '../../../pipeline/rollup/matchers.ts';

const matches = (pattern: string, text: string): boolean => compileWildcard(pattern)(text);

test('matches the whole text, without regard to case', () => {
  assert.ok(matches('YouTube', 'youtube'));
  assert.ok(!matches('x', 'Xerox'));
  assert.ok(!matches('x', ''));
});

test('matches any characters with a star, including none', () => {
  assert.ok(matches('zoom*', 'zoom'));
  assert.ok(matches('zoom*', 'Zoom Workplace'));
  assert.ok(matches('*meet*', 'Google Meet - Standup'));
  assert.ok(matches('a*a', 'aa'));
  assert.ok(!matches('a*a', 'a'));
  assert.ok(!matches('ab*bc', 'abc'));
  assert.ok(matches('*', ''));
});

test('matches every other character literally', () => {
  assert.ok(matches('disney+', 'Disney+'));
  assert.ok(!matches('zoom.us', 'zoomxus'));
  assert.ok(matches('[a](b)?^$|\\', '[a](b)?^$|\\'));
});

test('agrees with the regular expression of the same meaning', () => {
  const text = fc.stringMatching(/^[ab]{0,12}$/);
  const pattern = fc.stringMatching(/^[ab*]{1,8}$/);
  fc.assert(
    fc.property(pattern, text, (wildcard, sample) => {
      const expression = new RegExp(`^${wildcard.replaceAll('*', '.*')}$`, 's');
      assert.equal(matches(wildcard, sample), expression.test(sample));
    }),
  );
});

test('answers at once for a pattern that a backtracking expression would not finish', () => {
  assert.ok(!matches(`${'a*'.repeat(120)}b`, 'a'.repeat(512)));
});

test('all fields of an entry must match, and a missing name matches none', () => {
  const classify = compileLists({
    meeting: [{ app: 'firefox', title: '*meet*' }],
    non_productive: [{ site: 'youtube*' }],
  });
  assert.equal(classify('Firefox', null, 'Daily meeting')?.list, 'meeting');
  assert.equal(classify('Firefox', null, null), undefined);
  assert.equal(classify('Chrome', null, 'Daily meeting'), undefined);
  assert.deepEqual(classify('Firefox', 'YouTube Music', 'x'), {
    list: 'non_productive_list',
    pattern: 'youtube*',
  });
  assert.equal(classify(null, null, null), undefined);
});

test('knows meetings and distractions by default', () => {
  const classify = compileLists(DEFAULT_RULES);
  assert.equal(classify('Microsoft Teams', null, null)?.list, 'meeting');
  assert.equal(classify('Google Chrome', 'Google Meet', null)?.list, 'meeting');
  assert.equal(classify('Firefox', 'Reddit', null)?.list, 'non_productive_list');
  assert.equal(classify('Firefox', 'GitHub', null), undefined);
});

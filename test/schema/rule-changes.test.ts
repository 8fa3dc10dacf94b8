import assert from 'node:assert/strict';
import {
  canonicalRules,
  changedRules,
  DEFAULT_RULES,
  MAX_LIST_ENTRIES,
  ruleChanges,
  ruleSet,
} from '@kinetrack/schema';

const youtube = { site: 'youtube*' };
const news = { site: 'news.example' };

describe('changes of the rules', () => {
  it('set one threshold and keep the others', () => {
    const { content } = changedRules({ interaction: { min_keys: 9 }, presence: { max_idle_s: 45 } });
    assert.deepEqual(content.interaction, { ...DEFAULT_RULES.interaction, min_keys: 9 });
    assert.deepEqual(content.presence, { ...DEFAULT_RULES.presence, max_idle_s: 45 });
    assert.deepEqual(content.non_productive, DEFAULT_RULES.non_productive);
  });

  it('keep a default if a threshold is undefined', () => {
    const { content } = changedRules({ interaction: { min_keys: undefined } });
    assert.deepEqual(content.interaction, DEFAULT_RULES.interaction);
  });

  it('extend and shorten a default list', () => {
    const { content } = changedRules({ non_productive: { add: [news], remove: [{ site: 'YouTube*' }] } });
    const expected = [...DEFAULT_RULES.non_productive.filter(({ site }) => site !== 'youtube*'), news];
    assert.deepEqual(content.non_productive, expected);
  });

  it('add an entry of the default list once', () => {
    const { content } = changedRules({ non_productive: { add: [youtube] } });
    assert.deepEqual(content.non_productive, DEFAULT_RULES.non_productive);
  });

  it('replace a list, with a plain list as well', () => {
    for (const non_productive of [[news], { replace: [news] }]) {
      assert.deepEqual(changedRules({ non_productive }).content.non_productive, [news]);
    }
  });

  it('replace a list by none', () => {
    assert.deepEqual(changedRules({ meeting: { replace: [] } }).content.meeting, []);
  });

  const REFUSED: readonly (readonly [what: string, changes: unknown, path: string, message: RegExp])[] = [
    [
      'the removal of an entry that is not on the list',
      { non_productive: { remove: [youtube, { app: 'nothing' }] } },
      'non_productive.remove.1',
      /\{"app":"nothing"\} is not on it/,
    ],
    [
      'replace beside add',
      { meeting: { add: [news], replace: [news] } },
      'meeting',
      /either "replace", or "add" and "remove"/,
    ],
    ['the version of the default rules', { version: 'default-1', meeting: [] }, 'version', /must differ/],
    ['a version that looks derived', { version: 'custom-0123abcd', meeting: [] }, 'version', /derived/],
    [
      'a list that grows too long',
      { meeting: { add: Array.from({ length: MAX_LIST_ENTRIES }, (_, i) => ({ app: `a${i}` })) } },
      'meeting.add',
      /at most 1000 entries; with the default ones there are 1013/,
    ],
  ];
  for (const [what, changes, path, message] of REFUSED) {
    it(`refuse ${what}`, () => {
      const issue = ruleChanges.safeParse(changes).error?.issues[0];
      assert.equal(issue?.path.join('.'), path);
      assert.match(issue.message, message);
    });
  }

  it('return effective rules that are valid', () => {
    const { content } = changedRules({ non_productive: { add: [news], remove: [youtube] } });
    assert.deepEqual(ruleSet.parse({ ...content, version: 'x' }), { ...content, version: 'x' });
  });
});

describe('the canonical text of rules', () => {
  const text = (changes: Parameters<typeof changedRules>[0]) => canonicalRules(changedRules(changes).content);

  it('is the same however the same rules are written', () => {
    const added = text({ non_productive: { add: [news] } });
    const whole = [...DEFAULT_RULES.non_productive, news];
    assert.equal(text({ non_productive: { replace: whole } }), added);
    assert.equal(text({ non_productive: whole.toReversed() }), added);
    assert.equal(text({ non_productive: { add: [{ site: 'News.Example' }, news] } }), added);
    assert.equal(text({ ...DEFAULT_RULES, version: 'x', non_productive: whole }), added);
  });

  it('differs if a verdict can differ', () => {
    const texts = [
      text({}),
      text({ interaction: { min_keys: 6 } }),
      text({ interaction: { min_clicks: 6 } }),
      text({ presence: { max_distraction_ratio: 0.4 } }),
      text({ meeting: { add: [news] } }),
      text({ non_productive: { add: [news] } }),
      text({ non_productive: { add: [{ app: 'news.example' }] } }),
      text({ non_productive: { remove: [youtube] } }),
    ];
    assert.equal(new Set(texts).size, texts.length);
  });
});

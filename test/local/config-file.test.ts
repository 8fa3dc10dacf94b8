import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { ConfigError, readConfig, readSettings, rulesOf, settingsFromEnv } from '../../local/config-file.ts';
import { tempDir } from '../support/process/temp-dir.ts';

describe('the configuration file', () => {
  it('may be missing: the defaults apply', async () => {
    assert.deepEqual(readConfig(await tempDir()), {});
    assert.equal(rulesOf({}), DEFAULT_RULES);
  });

  it('is refused with every field that breaks a rule, and the way out', async () => {
    const dir = await tempDir();
    const text = JSON.stringify({
      idle_threshold_s: 0,
      detail: 'all',
      colour: 'red',
      rules: { meeting: [{}] },
    });
    await writeFile(join(dir, 'config.json'), text);
    assert.throws(
      () => readConfig(dir),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        for (const part of [
          /idle_threshold_s: /,
          /detail: /,
          /colour/,
          /rules\.meeting\.0: /,
          /delete it to use the defaults/,
        ]) {
          assert.match(error.message, part);
        }
        return true;
      },
    );
  });

  it('replaces the parts of the rules that it names', () => {
    const presence = { min_distance_px: 1, min_moving_s: 1, max_idle_s: 1, max_distraction_ratio: 0 };
    const rules = rulesOf({ rules: { version: 'mine', presence } });
    assert.deepEqual(rules, { ...DEFAULT_RULES, version: 'mine', presence });
  });

  it('assigns changed rules their own version if it names none', () => {
    const one = rulesOf({ rules: { meeting: [{ app: 'one' }] } });
    const two = rulesOf({ rules: { meeting: [{ app: 'two' }] } });
    assert.match(one.version, /^custom-[0-9a-f]{8}$/);
    assert.notEqual(one.version, two.version);
  });

  it('names the range and the default of a setting that breaks them', async () => {
    const dir = await written({ idle_threshold_s: 0.5, detail: 'all', queue_max_mib: null });
    const message = refusalOf(() => readConfig(dir));
    for (const line of [
      'idle_threshold_s: must be a number from 1 to 3600; got 0.5; leave it out for 5',
      'detail: must be one of "events", "counts"; got "all"; leave it out for "events"',
      'queue_max_mib: must be a whole number from 2 to 65536; got null; leave it out for 256',
    ]) {
      assert.ok(message.includes(`\n  ${line}\n`), message);
    }
    assert.ok(message.startsWith(join(dir, 'config.json')));
  });

  it('may begin with a byte order mark', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'config.json'), '\uFEFF{ "title_mode": "off" }\r\n');
    assert.deepEqual(readConfig(dir), { title_mode: 'off' });
  });

  it('may name its JSON Schema', async () => {
    const dir = await written({ $schema: 'config.schema.json' });
    assert.deepEqual(readConfig(dir), { $schema: 'config.schema.json' });
  });

  it('names the wrong field of a list in each of its forms', async () => {
    const dir = await written({
      rules: { meeting: { add: [{ app: 5 }] }, non_productive: 'none', presence: { min_moving_s: 61 } },
    });
    const message = refusalOf(() => readConfig(dir));
    assert.match(message, /\n {2}rules\.meeting\.add\.0\.app: must be a (?:text|string); got 5\n/);
    assert.match(message, /\n {2}rules\.non_productive: .*; got "none"\n/);
    assert.match(message, /\n {2}rules\.presence\.min_moving_s: must be at most 60; got 61\n/);
  });

  it('names an entry that cannot be removed because it is not on the list', async () => {
    const dir = await written({ rules: { non_productive: { remove: [{ app: 'nothing*' }] } } });
    assert.match(
      refusalOf(() => readConfig(dir)),
      /rules\.non_productive\.remove\.0: must name an entry of the default list; \{"app":"nothing\*"\} is not on it/,
    );
  });

  it('shows no password of an address', async () => {
    const destination = { kind: 'kinesis', stream_name: 'a', endpoint: 'https://ada:secret@example.com' };
    const dir = await written({ destination });
    const message = refusalOf(() => readConfig(dir));
    assert.match(message, /destination\.endpoint: must be an address without a user or a password/);
    assert.ok(!message.includes('secret'), message);
  });
});

describe('the version of the rules', () => {
  it('is the same for the same rules, however the file writes them', () => {
    const news = { site: 'news.example' };
    const { version } = rulesOf({ rules: { non_productive: { add: [news] } } });
    const whole = [news, ...DEFAULT_RULES.non_productive];
    assert.equal(rulesOf({ rules: { non_productive: whole } }).version, version);
    assert.equal(rulesOf({ rules: { non_productive: { replace: whole } } }).version, version);
    assert.match(version, /^custom-[0-9a-f]{8}$/);
  });

  it('is that of the default rules if nothing differs from them', () => {
    assert.equal(rulesOf({ rules: {} }), DEFAULT_RULES);
    assert.equal(
      rulesOf({ rules: { interaction: { min_keys: DEFAULT_RULES.interaction.min_keys } } }),
      DEFAULT_RULES,
    );
    assert.equal(rulesOf({ rules: { meeting: { replace: [...DEFAULT_RULES.meeting] } } }), DEFAULT_RULES);
  });

  it('differs for one changed threshold', () => {
    const one = rulesOf({ rules: { interaction: { min_keys: 6 } } });
    const two = rulesOf({ rules: { interaction: { min_keys: 7 } } });
    assert.notEqual(one.version, two.version);
    assert.deepEqual(one.presence, DEFAULT_RULES.presence);
  });
});

describe('the settings of an installation', () => {
  it('come from the command line before the environment, and from there before the file', async () => {
    const dir = await written({ idle_threshold_s: 2, detail: 'counts', title_mode: 'off' });
    const env = { KINETRACK_IDLE_THRESHOLD_S: '3', KINETRACK_DETAIL: 'events' };
    assert.deepEqual(readSettings(dir, { env, given: { idle_threshold_s: 4 } }), {
      idle_threshold_s: 4,
      detail: 'events',
      title_mode: 'off',
    });
  });

  it('are read from variables by their kind', () => {
    const env = {
      KINETRACK_USER_ID: '42',
      KINETRACK_IDLE_THRESHOLD_S: '1.5',
      KINETRACK_QUEUE_MAX_MIB: '64',
      KINETRACK_TITLE_MODE: '',
      KINETRACK_DEBUG: '1',
    };
    assert.deepEqual(settingsFromEnv(env), { user_id: '42', idle_threshold_s: 1.5, queue_max_mib: 64 });
  });

  for (const text of ['0', '3601', '1e1', '0x10', ' 5', '5 s', '-5', 'NaN', 'Infinity', '1'.repeat(400)]) {
    it(`are refused from a variable that is ${text.slice(0, 10)}, which is named with its rule`, () => {
      const message = refusalOf(() => settingsFromEnv({ KINETRACK_IDLE_THRESHOLD_S: text }));
      assert.match(
        message,
        /^the variable KINETRACK_IDLE_THRESHOLD_S is ".*: must be a number from 1 to 3600\./,
      );
    });
  }
});

async function written(config: object): Promise<string> {
  const dir = await tempDir();
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));
  return dir;
}

function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.code, 'invalid_config');
    return error.message;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { ConfigError, readConfig, rulesOf } from '../../local/config-file.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('the configuration file', () => {
  it('may be missing: the defaults apply', async (test) => {
    assert.deepEqual(readConfig(await tempDir(test)), {});
    assert.equal(rulesOf({}), DEFAULT_RULES);
  });

  it('is refused with every field that breaks a rule, and the way out', async (test) => {
    const dir = await tempDir(test);
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

  it('gives changed rules a version of their own where it names none', () => {
    const one = rulesOf({ rules: { meeting: [{ app: 'one' }] } });
    const two = rulesOf({ rules: { meeting: [{ app: 'two' }] } });
    assert.match(one.version, /^custom-[0-9a-f]{8}$/);
    assert.notEqual(one.version, two.version);
  });
});

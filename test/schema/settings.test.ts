/** A setting has one definition: whatever one of its sources accepts, the tracker accepts. */
import assert from 'node:assert/strict';
import {
  configJsonSchema,
  type GivenSettings,
  givenSettings,
  helpOf,
  INSTALLATION_SETTINGS,
  TRACKER_DEFAULTS,
  TRACKER_SETTINGS,
  trackerSettings,
  trackerSettingsOf,
} from '@kinetrack/schema';
import fc from 'fast-check';
import { resolveOptions } from '../../agent/src/options.ts';
import { FakeSink } from '../support/agent/fake-sink.ts';

const NUMERIC = INSTALLATION_SETTINGS.filter(({ inFile }) => inFile.limits.kind !== 'choice');
const sink = new FakeSink();

/** Everything that JSON, and more that JavaScript, can put where a number belongs. */
function candidates(min: number, max: number): readonly unknown[] {
  const near = [min, max].flatMap((bound) => [bound, bound - 1, bound + 1, bound + 0.001, bound - 0.001]);
  const fractions = [min + 0.5, min + 1 / 3, max - 0.0004, (min + max) / 7, 1.001, 1.0005, 2.0001, 3599.9999];
  const others = [0, -0, -1, NaN, Infinity, -Infinity, 1e21, 1e308, Number.MAX_SAFE_INTEGER, 2 ** 53];
  return [...near, ...fractions, ...others, '5', '', ' 5', '1e3', null, true, [], [5], {}, undefined];
}

describe('settings', () => {
  it('have values in the file that the tracker accepts as options', () => {
    let accepted = 0;
    for (const { key, inFile } of NUMERIC) {
      const { limits } = inFile;
      if (limits.kind === 'choice') continue;
      for (const value of candidates(limits.min, limits.max)) {
        const result = givenSettings.safeParse({ [key]: value });
        if (!result.success) continue;
        accepted += 1;
        assert.doesNotThrow(
          () => resolveOptions({ ...trackerSettingsOf(result.data), sink }),
          `${key}: ${String(value)}`,
        );
      }
    }
    assert.ok(accepted > 25, `only ${accepted} values were accepted`);
  });

  it('convert any accepted number without leaving the range', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 3600, noNaN: true }), (seconds) => {
        const { idleThresholdMs } = trackerSettingsOf(givenSettings.parse({ idle_threshold_s: seconds }));
        assert.ok(Number.isInteger(idleThresholdMs) && Math.abs(idleThresholdMs - seconds * 1000) <= 0.5);
      }),
    );
  });

  it('round a fraction of a second to the millisecond', () => {
    assert.equal(trackerSettingsOf({ idle_threshold_s: 1.001 }).idleThresholdMs, 1001);
    assert.equal(trackerSettingsOf({ queue_max_mib: 2 }).queueMaxBytes, 2 * 1024 * 1024);
  });

  it('have the same bounds in both units', () => {
    for (const { key, inFile, option } of NUMERIC) {
      const { limits } = inFile;
      if (limits.kind === 'choice' || limits.kind === 'string' || option.limits.kind === 'choice') continue;
      for (const [bound, converted] of [
        [limits.min, option.limits.min],
        [limits.max, option.limits.max],
      ] as const) {
        const given: GivenSettings = givenSettings.parse({ [key]: bound });
        assert.equal(Reflect.get(trackerSettingsOf(given), option.name), converted, key);
      }
      assert.ok(!givenSettings.safeParse({ [key]: limits.max + 1 }).success);
      assert.ok(!trackerSettings.safeParse({ [option.name]: option.limits.max + 1 }).success);
    }
  });

  it('leave the others at their defaults', () => {
    const { idleThresholdMs, ...rest } = trackerSettingsOf({ idle_threshold_s: 7 });
    assert.equal(idleThresholdMs, 7000);
    assert.deepEqual({ ...rest, idleThresholdMs: TRACKER_DEFAULTS.idleThresholdMs }, TRACKER_DEFAULTS);
  });

  it('have names in the style of each source', () => {
    const names = INSTALLATION_SETTINGS.map(({ key, option, variable, flag }) => [
      key,
      option.name,
      variable,
      flag,
    ]);
    assert.deepEqual(names[3], [
      'idle_threshold_s',
      'idleThresholdMs',
      'KINETRACK_IDLE_THRESHOLD_S',
      '--idle-threshold-s',
    ]);
    assert.deepEqual(
      TRACKER_SETTINGS.map(({ name }) => name).sort(),
      [...new Set([...Object.keys(trackerSettings.shape)])].sort(),
    );
  });

  it('describe themselves for a help text', () => {
    const help = INSTALLATION_SETTINGS.map(({ inFile }) => helpOf(inFile));
    assert.ok(
      help.includes('Minimum time between two mouse_move events (50 to 60,000 ms; default: 500)'),
      help[4],
    );
  });

  it('are in the JSON Schema of the file with their ranges and defaults', () => {
    const { properties, additionalProperties } = configJsonSchema();
    assert.equal(additionalProperties, false);
    assert.deepEqual(Reflect.get(Object(properties), 'idle_threshold_s'), {
      description: 'Time without input before the person counts as idle.',
      default: 5,
      type: 'number',
      minimum: 1,
      maximum: 3600,
    });
    assert.doesNotMatch(JSON.stringify(configJsonSchema()), /"otherwise":/);
  });
});

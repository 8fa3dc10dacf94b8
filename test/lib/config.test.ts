import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { deploymentConfig, InvalidDeploymentConfig, readConfig } from '../../lib/config.ts';
import { appOf } from '../support/synth.ts';

const read = (context: Record<string, unknown>) => readConfig(appOf({ context }));

function problemsOf(context: Record<string, unknown>): readonly string[] {
  try {
    read(context);
  } catch (error) {
    assert.ok(error instanceof InvalidDeploymentConfig);
    return error.problems;
  }
  assert.fail('nothing was wrong');
}

describe('the deployment configuration', () => {
  it('takes the values of cdk.json', () => {
    const config = read({});
    assert.equal(config.streamName, 'activity');
    assert.equal(config.streamMode, 'on-demand');
    assert.equal(config.retainData, true);
  });

  it('takes numbers and flags from the command line, where everything is text', () => {
    const config = read({ 'kinetrack:shards': '4', 'kinetrack:retainData': 'false' });
    assert.equal(config.shards, 4);
    assert.equal(config.retainData, false);
  });

  for (const [name, value, problem] of [
    ['shards', '0', 'kinetrack:shards: must be a whole number from 1 to 500; got "0"'],
    ['shards', 'many', 'kinetrack:shards: must be a whole number from 1 to 500; got "many"'],
    ['shards', 1.5, 'kinetrack:shards: must be a whole number from 1 to 500; got 1.5'],
    ['shards', '', 'kinetrack:shards: must be a whole number from 1 to 500; got ""'],
    ['streamMode', 'turbo', 'kinetrack:streamMode: must be on-demand or provisioned; got "turbo"'],
    ['rawRetentionDays', 7, 'kinetrack:rawRetentionDays: must be a whole number from 30 to 3650; got 7'],
    ['scanLimitMiB', 5, 'kinetrack:scanLimitMiB: must be a whole number from 10 to 7000000; got 5'],
    ['firstDate', '1.1.2026', 'kinetrack:firstDate: must be a date in the form 2026-01-01; got "1.1.2026"'],
    ['retainData', 'yes', 'kinetrack:retainData: must be true or false; got "yes"'],
    [
      'databaseName',
      'Kine-Track',
      'kinetrack:databaseName: must be lower-case letters, digits and _; got "Kine-Track"',
    ],
  ] as const) {
    it(`refuses ${name} = ${JSON.stringify(value)}`, () => {
      assert.deepEqual(problemsOf({ [`kinetrack:${name}`]: value }), [problem]);
    });
  }

  it('names a parameter that does not exist beside those that do', () => {
    const [problem] = problemsOf({ 'kinetrack:shard': 2 });
    assert.match(problem ?? '', /^kinetrack:shard: is no parameter; known are streamName, .*shards/);
  });

  it('names a parameter that is missing', () => {
    assert.deepEqual(problemsOf({ 'kinetrack:shards': undefined }), [
      'kinetrack:shards: must be a whole number from 1 to 500; got nothing',
    ]);
  });

  it('names everything that is wrong at once, and where to change it', () => {
    const context = { 'kinetrack:shards': 0, 'kinetrack:streamName': 'a b' };
    assert.equal(problemsOf(context).length, 2);
    assert.throws(
      () => read(context),
      /Change it in cdk\.json under "context", or pass -c kinetrack:NAME=VALUE/,
    );
  });

  it('has every parameter in cdk.json and in docs/deploy.md', () => {
    const inFile = Object.keys(JSON.parse(readFileSync('cdk.json', 'utf8')).context)
      .filter((key) => key.startsWith('kinetrack:'))
      .map((key) => key.slice('kinetrack:'.length));
    const documented = [...readFileSync('docs/deploy.md', 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(
      ([, name]) => name,
    );
    assert.deepEqual(inFile, Object.keys(deploymentConfig.shape));
    assert.deepEqual(documented, Object.keys(deploymentConfig.shape));
  });
});

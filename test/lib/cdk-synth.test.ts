/** What the README promises, by the command that it names. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { tempDir } from '../support/temp-dir.ts';

/** Without credentials, region or Docker. */
const cdk = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, AWS_EC2_METADATA_DISABLED: 'true', CI: 'true' },
  });

describe('npx cdk synth', () => {
  it('produces both stacks and the bundled function', async (test) => {
    const output = await tempDir(test);
    await cdk('synth', '--quiet', '--no-notices', '--output', output);
    const files = readdirSync(output, { recursive: true }).map(String);
    assert.ok(files.includes('KinetrackIngestion.template.json'));
    assert.ok(files.includes('KinetrackAnalytics.template.json'));
    assert.equal(files.filter((file) => file.endsWith('index.mjs')).length, 1);
  });

  it('stops at a value out of range and says which is allowed', async (test) => {
    const output = await tempDir(test);
    await assert.rejects(cdk('synth', '--no-notices', '--output', output, '-c', 'kinetrack:shards=0'), {
      code: 1,
      stderr: /kinetrack:shards: must be a whole number from 1 to 500; got "0"/,
    });
    assert.deepEqual(readdirSync(output), []);
  });
});

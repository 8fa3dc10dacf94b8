/** What the README promises, by the command that it names. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { tempDir } from '../support/process/temp-dir.ts';

/** Without credentials, region or Docker; without the build, under which other tests would see half-written files. */
const cdk = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, AWS_EC2_METADATA_DISABLED: 'true', CI: 'true' },
  });

describe('npx cdk synth', () => {
  it('produces every stack, the built functions and the dashboard', async () => {
    const output = await tempDir();
    await cdk(
      'synth',
      '--build',
      '',
      '--quiet',
      '--no-notices',
      '--output',
      output,
      '-c',
      'kinetrack:name=Team-7',
    );
    const files = readdirSync(output, { recursive: true }).map(String);
    assert.deepEqual(
      files.filter((file) => file.endsWith('.template.json')).toSorted(),
      ['Api', 'Catalog', 'Identity', 'Ingestion', 'Lake', 'Observability', 'Rollup'].map(
        (part) => `Team-7${part}.template.json`,
      ),
    );
    assert.ok(files.some((file) => /^asset\.\w+\/index\.mjs$/.test(file)));
    assert.ok(files.some((file) => /^asset\.\w+\/index\.html$/.test(file)));
  });

  it('stops at values out of range, names them all and says which are allowed', async () => {
    const output = await tempDir();
    const wrong = ['-c', 'kinetrack:shards=0', '-c', 'kinetrack:retentionDays=raw=2000'];
    await assert.rejects(cdk('synth', '--build', '', '--no-notices', '--output', output, ...wrong), {
      code: 1,
      stderr:
        /kinetrack:shards: must be a whole number from 1 to 500; got "0"\nkinetrack:retentionDays: rollups must be kept at least as long as raw events, .*; got rollups=1100, raw=2000/,
    });
    assert.deepEqual(readdirSync(output), []);
  });
});

/** The check of a real account, against a deployment on loopback: the script itself, as a process. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterTest } from '../runner/running-test.ts';
import { startDeployment } from '../support/aws/emulated-deployment.ts';
import { tempDir } from '../support/process/temp-dir.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function acceptance(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Outcome> {
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/acceptance.ts', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Outcome) => error,
  );
}

async function deployed(options: { readonly withoutRollup?: boolean } = {}) {
  const deployment = await startDeployment({ ...options, queryDir: await tempDir() });
  afterTest(() => deployment.close());
  return deployment;
}

const QUICK = ['--poll-seconds', '1', '--timeout', '2'];

describe('npm run acceptance', () => {
  it('passes a deployment that works, stage by stage, and leaves nothing behind', async () => {
    const { env, s3, deletions } = await deployed();
    const { code, stdout, stderr } = await acceptance(env, '--stack', 'Kinetrack', ...QUICK);
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(
      stdout.match(/^ok {5}(.+?) {2,}/gm)?.map((line) => line.slice(7).trim()),
      ['send', 'raw events', 'errors', 'rollup, by SQL', 'summaries', 'clean up', 'nothing left'],
    );
    assert.match(stdout, /5 events in \d objects, each in the partition of its type, day and hour/);
    assert.match(
      stdout,
      /errors\/metadata-extraction-failed\/.*DynamicPartitioning\.MetadataExtractionFailed/,
    );
    assert.match(stdout, /4 rows, as expected/);
    assert.match(stdout, /240 observed seconds/);
    assert.match(stdout, /Kinetrack: all checks passed\.\n$/);
    assert.equal(deletions.length, 1);
    assert.deepEqual(
      [...s3.objects.keys()].filter((key) => !key.startsWith('deletions/')),
      [],
    );
  });

  it('names the stage at which nothing arrives, and removes the person all the same', async () => {
    const { env, deletions } = await deployed({ withoutRollup: true });
    const { code, stdout } = await acceptance(
      env,
      '--stack',
      'Kinetrack',
      '--poll-seconds',
      '1',
      '--timeout',
      '0.2',
    );
    assert.equal(code, 1);
    assert.match(stdout, /^ok {5}raw events/m);
    assert.match(stdout, /^FAILED rollup, by SQL .*Athena has no rows of the test user yet; check the log/m);
    assert.match(stdout, /^ok {5}nothing left/m);
    assert.match(stdout, /Kinetrack: a check failed\.\n$/);
    assert.equal(deletions.length, 1);
  });

  it('says that there is no such deployment', async () => {
    const { env } = await deployed();
    const { code, stderr } = await acceptance(env, '--stack', 'Another');
    assert.equal(code, 1);
    assert.match(stderr, /--stack Another: this account and region have no stack Another or AnotherLake/);
  });

  it('wants to know which', async () => {
    const { code, stderr } = await acceptance({});
    assert.equal(code, 2);
    assert.match(stderr, /required option '--stack <name>'/);
  });
});

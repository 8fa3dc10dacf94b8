/** `kinetrack dead-letters`: what was refused for good, beside a running agent or without one. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openQueue, systemRuntime } from '@kinetrack/agent';
import { afterTest } from '../runner/running-test.ts';
import { runCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const LINES = ['{"seq":3,"note":"a"}', '{"seq":4,"note":"b"}', '{"seq":9,"note":"c"}'];

/** A data directory with three refused events, and its queue still open as a running agent has it. */
async function refused(): Promise<string> {
  const dataDir = await tempDir();
  await writeFile(join(dataDir, 'config.json'), '{ "key_store": "file" }');
  const { spool, deadLetters } = await openQueue({
    dataDir,
    keyStore: 'file',
    maxBytes: 4 * 1024 * 1024,
    runtime: systemRuntime,
  });
  afterTest(() => Promise.all([spool.close(), deadLetters.close()]));
  await deadLetters.keep(
    LINES.map((line, i) => ({
      seq: JSON.parse(line).seq,
      code: i < 2 ? 'refused' : 'too_large',
      reason: i < 2 ? 'the server knows no such device' : 'an event above 1000 bytes is not sent',
      line,
    })),
  );
  return dataDir;
}

describe('kinetrack dead-letters', () => {
  it('reports how many, why and which numbers, and nothing of the events', async () => {
    const { code, stdout } = await runCli(['dead-letters', '--data', await refused()]);
    assert.equal(code, 0);
    assert.match(stdout, /^ +2 {2}the server knows no such device \(seq 3 to 4\)$/m);
    assert.match(stdout, /^ +1 {2}an event above 1000 bytes is not sent \(seq 9\)$/m);
    assert.doesNotMatch(stdout, /note/);
  });

  it('answers as JSON lines', async () => {
    const { stdout } = await runCli(['dead-letters', '--json', '--data', await refused()]);
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
      [3, 4, 9],
    );
  });

  it('exports the events as they were, never over a file that is there', async () => {
    const dataDir = await refused();
    const file = join(await tempDir(), 'letters.jsonl');
    const args = ['dead-letters', '--data', dataDir, '--export', file];
    assert.equal((await runCli(args)).code, 0);
    assert.equal(await readFile(file, 'utf8'), LINES.map((line) => `${line}\n`).join(''));
    const again = await runCli(args);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /letters\.jsonl already exists\. Pass another file name/);
  });

  it('creates nothing if there is nothing', async () => {
    const dataDir = await tempDir();
    const { code, stdout } = await runCli(['dead-letters', '--data', dataDir]);
    assert.equal(code, 0);
    assert.match(stdout, /^No dead letters in /);
    assert.deepEqual(await readdir(dataDir), []);
  });
});

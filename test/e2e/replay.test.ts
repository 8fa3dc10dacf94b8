/** Undeliverable records of a local lake by the commands of a user: kept, counted, replayed, in the figures. */
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sampleOf } from '../support/lake/sample-factory.ts';
import { runCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const event = (seq: number, at: string): string => JSON.stringify(sampleOf({ seq, at, keys: { 3: 7 } }));
const errorLine = (raw: string): string =>
  `${JSON.stringify({
    attemptsMade: 1,
    arrivalTimestamp: Date.parse('2026-11-20T09:00:00.000Z'),
    errorCode: 'DynamicPartitioning.ActivePartitionsLimitExceeded',
    errorMessage: 'too many',
    attemptEndingTimestamp: Date.parse('2026-11-20T09:00:00.000Z'),
    rawData: Buffer.from(raw).toString('base64'),
  })}\n`;

it('puts records that can be delivered by now into the figures, once, and keeps the others', async () => {
  const lake = join(await tempDir(), 'lake');
  const folder = join(lake, 'errors/activePartitionExceeded/2026/11/20');
  await mkdir(folder, { recursive: true });
  const bad = event(3, '2026-11-20T09:12').replace('2026-11-20', '2026-02-31');
  const lines = [event(1, '2026-11-20T09:10'), event(2, '2026-11-20T10:10'), bad].map(errorLine).join('');
  await writeFile(join(folder, 'kinetrack.json.gz'), gzipSync(lines));

  const dry = await runCli(['replay', '--lake', lake, '--dry-run']);
  assert.match(dry.stdout, /deliverable 2 events/);
  const { code, stdout, stderr } = await runCli(['replay', 'errors/activePartitionExceeded', '--lake', lake]);
  assert.equal(code, 1, stderr);
  assert.match(stdout, /^delivered +2 events$/m);
  assert.match(stdout, /^invalid +1 events\n +invalid_field: ts +1$/m);
  const again = await runCli(['replay', '--lake', lake, '--json']);
  assert.equal(JSON.parse(again.stdout).delivered, 0);
  assert.equal(JSON.parse(again.stdout).records, 1);

  const sql = 'SELECT CAST(sum(seconds) AS integer) AS s, CAST(sum(keys) AS integer) AS k FROM minutes';
  const rows = await runCli(['query', '--lake', lake, '--format', 'csv', sql]);
  assert.equal(rows.stdout.trim().split(/\r?\n/)[1], '120,14');
  assert.deepEqual(await readdir(folder), ['kinetrack.json.gz']);
  for (const args of [
    ['replay', 'raw/', '--lake', lake],
    ['replay'],
    ['replay', '--lake', lake, '--since', 'x'],
  ]) {
    assert.equal((await runCli(args)).code, 2);
  }
});

/**
 * A person is deleted from a lake that the real pipeline wrote, and stays away: late events through the local Firehose,
 * rollups that run again, queries, the API. The commands are those of a user.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleEvent } from '../support/lake/raw-samples.ts';
import { runCli } from '../support/process/cli.ts';
import { storedText } from '../support/process/stored-text.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const DEVICES = { ada: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff', bob: '7f9619ff-8b86-4d01-b42d-00cf4fc964ff' };

function minute(user: 'ada' | 'bob', ts: string, seq: number): string {
  const device_id = DEVICES[user];
  return JSON.stringify(sampleEvent({ user_id: user, device_id, seq, event_id: `${device_id}:${seq}`, ts }));
}

const PAST = ['2025-03-03T09:10:00.000Z', '2025-03-03T10:10:00.000Z'] as const;
/** Late, of the same time. */
const LATE = '2025-03-03T09:20:00.000Z';
const AFTERWARDS = '2099-03-03T09:20:00.000Z';

async function people(lake: string, table: string): Promise<string> {
  const sql = `SELECT user_id, count(*) AS n FROM ${table} GROUP BY 1 ORDER BY 1`;
  const { stdout, code, stderr } = await runCli(['query', '--lake', lake, '--format', 'csv', sql]);
  assert.equal(code, 0, stderr);
  return stdout.trim().split(/\r?\n/).slice(1).join(' ');
}

/** Files of the lake in whose name or content the word stands. */
async function naming(word: string, lake: string): Promise<readonly string[]> {
  const files = await storedText(lake);
  assert.ok(files.some(({ text }) => text.includes('ada')));
  return files
    .filter(({ path, text }) => `${path.slice(lake.length)} ${text}`.includes(word))
    .map(({ path }) => path);
}

describe('kinetrack delete', () => {
  it('deletes a person from a lake permanently, and records them again afterwards', async () => {
    const lake = join(await tempDir(), 'lake');
    const ingest = (...lines: string[]) => runCli(['ingest', '--lake', lake], { stdin: lines.join('\n') });
    await ingest(
      ...PAST.flatMap((ts, i) => [minute('ada', ts, i + 1), minute('bob', ts, i + 1)]),
      // Firehose cannot place it: a day that does not exist.
      minute('bob', PAST[0], 9).replace('2025-03-03', '2025-02-31'),
    );
    assert.equal(await people(lake, 'hours'), 'ada,2 bob,2');
    assert.ok((await naming('bob', lake)).length >= 6);

    const dry = await runCli(['delete', 'bob', '--lake', lake, '--dry-run', '--json']);
    assert.deepEqual(JSON.parse(dry.stdout).removed.events, { sample: 2 });
    assert.equal(await people(lake, 'sample'), 'ada,2 bob,2');

    const { code, stdout, stderr } = await runCli(['delete', 'bob', '--lake', lake, '--yes']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /raw events +2 \(2 sample\)/);
    assert.match(stdout, /rollup rows +2 in minutes, 2 in hours/);
    assert.deepEqual(await naming('bob', lake), []);
    for (const table of ['sample', 'minutes', 'hours', 'days']) {
      assert.doesNotMatch(await people(lake, table), /bob/, table);
    }

    await ingest(minute('bob', LATE, 3), minute('ada', LATE, 3));
    await runCli(['rollup', '--lake', lake]);
    assert.equal(await people(lake, 'minutes'), 'ada,3');
    assert.equal(await people(lake, 'sample'), 'ada,3 bob,1');
    const swept = await runCli(['delete', '--sweep', '--lake', lake]);
    assert.match(swept.stdout, /1 events deleted/);
    assert.deepEqual(await naming('bob', lake), []);

    await ingest(minute('bob', AFTERWARDS, 4));
    await runCli(['delete', '--sweep', '--lake', lake]);
    await runCli(['rollup', '--lake', lake]);
    assert.equal(await people(lake, 'minutes'), 'ada,3 bob,1');
    assert.equal(await people(lake, 'sample'), 'ada,3 bob,1');
  });

  it('asks before it deletes, and names what is missing', async () => {
    const lake = await tempDir();
    const wrong = [
      [['delete', 'bob', '--lake', lake], /cannot be undone\. Confirm with --yes/],
      [['delete', 'bob'], /pass exactly one of --lake DIR \(a local lake\) and --stack NAME/],
      [
        ['delete', 'bob', '--lake', lake, '--stack', 'K'],
        /pass exactly one of --lake DIR \(a local lake\) and --stack NAME/,
      ],
      [['delete', '--lake', lake, '--yes'], /USER is required/],
      [
        ['delete', 'x'.repeat(129), '--lake', lake, '--yes'],
        /USER has 129 characters\. A user ID has 1 to 128/,
      ],
      [['delete', 'bob\r', '--lake', lake, '--yes'], /USER "bob\\r" contains a control character/],
      [['delete', 'bob', '--lake', lake, '--sweep'], /--sweep cannot be combined with USER/],
      [['delete', 'bob', '--stack', 'K', '--receipt', 'd-1'], /--receipt cannot be combined with USER/],
      [['delete', 'bob', '--lake', join(lake, 'nowhere'), '--yes'], /no such folder/],
      [['delete', '--stack', 'K', '--sweep'], /A deployment sweeps daily/],
    ] as const;
    for (const [args, message] of wrong) {
      const { code, stderr } = await runCli(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });

  it('reports nothing if a dry run finds nothing', async () => {
    const lake = await tempDir();
    const { code, stdout } = await runCli(['delete', 'nobody', '--lake', lake, '--dry-run']);
    assert.equal(code, 0);
    assert.match(stdout, /No data found for this user ID\. Compare it with/);
    assert.doesNotMatch(stdout, /still deleted/);
  });

  it('is complete if nothing is found: the tombstone covers late events', async () => {
    const lake = await tempDir();
    const { code, stdout } = await runCli(['delete', 'nobody', '--lake', lake, '--yes']);
    assert.equal(code, 0);
    assert.match(stdout, /No data found for this user ID/);
    await runCli(['ingest', '--lake', lake], {
      stdin: minute('ada', PAST[0], 1).replaceAll('"ada"', '"nobody"'),
    });
    assert.equal(await people(lake, 'hours'), '');
  });

  it('refuses the lake of an agent that runs, and lets it be counted', async () => {
    const dataDir = await tempDir();
    const lake = join(dataDir, 'lake');
    await runCli(['ingest', '--lake', lake], { stdin: minute('ada', PAST[0], 1) });
    const running = { pid: process.pid, url: 'http://127.0.0.1:1/', launch_url: 'x', started_at: 'now' };
    await writeFile(join(dataDir, 'running.json'), JSON.stringify(running));
    const { code, stderr } = await runCli(['delete', 'ada', '--lake', lake, '--yes']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /is in use by the agent with process ID \d+.*Stop the agent first, or .*DELETE http:\/\/127\.0\.0\.1:1\/admin\/user\/USER/,
    );
    const dry = await runCli(['delete', 'ada', '--lake', lake, '--dry-run']);
    assert.equal(dry.code, 0, dry.stderr);
  });
});

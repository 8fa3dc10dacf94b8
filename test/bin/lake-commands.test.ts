/** From a file of events to the rows of a query, by the commands that a data engineer types. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleOf } from '../support/lake/sample-factory.ts';
import { runCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const TYPED = sampleOf({ seq: 1, keys: { 3: 7 } });
const STILL = sampleOf({ seq: 2, at: '2026-11-20T10:30' });
const lines = (...events: readonly unknown[]): string =>
  events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event))).join('\n');

const STATES = 'SELECT CAST(minute AS varchar) AS minute, state, rule, seconds FROM minutes ORDER BY 1';
const query = async (lake: string, sql: string) =>
  (await runCli(['query', '--lake', lake, '--format', 'csv', sql])).stdout.trim().split(/\r?\n/).slice(1);

describe('ingest', () => {
  it('puts the events of a file into the lake, rolls their hours up, and counts', async () => {
    const dir = await tempDir();
    const file = join(dir, 'events.jsonl');
    await writeFile(file, lines(TYPED, STILL, '', TYPED));
    const { code, stdout } = await runCli(['ingest', '--lake', join(dir, 'lake'), file]);
    assert.equal(code, 0);
    assert.match(stdout, /^accepted +3$/m);
    assert.match(stdout, /^rejected +0$/m);
    assert.match(stdout, /^objects +2 written$/m);
    assert.match(stdout, /^rollups +2 hours$/m);
    // The line that came twice counts once.
    assert.deepEqual(await query(join(dir, 'lake'), STATES), [
      '2026-11-20 09:10:00,productive,interaction,60',
      '2026-11-20 10:30:00,non_productive,inactive,60',
    ]);
  });

  it('ignores a byte order mark in front of the first event', async () => {
    const dir = await tempDir();
    const file = join(dir, 'events.jsonl');
    await writeFile(file, `\uFEFF${lines(TYPED, STILL)}`);
    const { code, stdout } = await runCli(['ingest', '--lake', join(dir, 'lake'), file]);
    assert.equal(code, 0);
    assert.match(stdout, /^accepted +2$/m);
  });

  it('accepts valid lines, and names every other line with its rule', async () => {
    const lake = join(await tempDir(), 'lake');
    const stdin = lines(TYPED, '{"activity_type":"sample"', { activity_type: 'nap' }, { ...STILL, to_s: 61 });
    const { code, stdout, stderr } = await runCli(['ingest', '--lake', lake], { stdin });
    assert.equal(code, 1);
    assert.match(stdout, /^accepted +1$/m);
    assert.match(stdout, /^rejected +3$/m);
    for (const reason of ['not_json', 'unknown_activity_type', 'invalid_field']) {
      assert.match(stdout, new RegExp(`^ +${reason} +1$`, 'm'));
    }
    assert.match(stderr, /^line 2: event: must be one JSON object per line/m);
    assert.match(stderr, /^line 3: activity_type: must be one of .*got "nap"$/m);
    assert.match(stderr, /^line 4: to_s: must be at most 60; got 61$/m);
  });
});

describe('rollup', () => {
  it('judges the past again after a change of the rules', async () => {
    const dir = await tempDir();
    const lake = join(dir, 'lake');
    await runCli(['ingest', '--lake', lake], { stdin: lines(TYPED, STILL) });
    const interaction = { min_interactions: 100, min_keys: 100, min_clicks: 100 };
    await writeFile(join(dir, 'config.json'), JSON.stringify({ rules: { version: 'strict', interaction } }));

    const one = await runCli(['rollup', '--lake', lake, '--from', '2026-11-20T10', '--to', '2026-11-20T11']);
    assert.match(one.stdout, /^1 hours recomputed$/m);
    assert.match((await query(lake, STATES))[0] ?? '', /,productive,interaction,/);

    const all = await runCli(['rollup', '--lake', lake]);
    assert.match(all.stdout, /^2 hours recomputed$/m);
    assert.match((await query(lake, STATES))[0] ?? '', /,non_productive,inactive,/);
    assert.deepEqual(await query(lake, 'SELECT DISTINCT rules_version FROM minutes'), ['strict']);
  });

  it('reports and counts an hour once that cannot be stored, and exits with 1', async () => {
    const lake = join(await tempDir(), 'lake');
    await runCli(['ingest', '--lake', lake], { stdin: lines(TYPED, STILL) });
    const minutes = join(lake, 'rollup', 'minutes');
    await rm(minutes, { recursive: true });
    await mkdir(join(minutes, 'dt=2026-11-20'), { recursive: true });
    await writeFile(join(minutes, 'dt=2026-11-20', 'hour=09'), 'in the way');
    const { code, stdout, stderr } = await runCli(['rollup', '--lake', lake]);
    assert.deepEqual([code, stdout], [1, '1 hours recomputed, 1 failed\n']);
    assert.equal(
      stderr.match(/Rollup of 2026-11-20 09:00 failed and keeps its previous rows/g)?.length,
      1,
      stderr,
    );
  });
});

describe('query', () => {
  it('says what is wrong with a statement, and leaves the lake alone', async () => {
    const lake = join(await tempDir(), 'lake');
    await runCli(['ingest', '--lake', lake], { stdin: lines(TYPED) });
    for (const [sql, message] of [
      ['SELECT * FROM nothing', /nothing: .*tables are .*minutes, hours, days/],
      ['DROP VIEW minutes', /read-only/],
      ['SELEC 1', /syntax error/],
      [`COPY (SELECT 1) TO '${lake}/stolen.csv'`, /read-only/],
    ] as const) {
      const { code, stderr } = await runCli(['query', '--lake', lake, sql]);
      assert.equal(code, 1, sql);
      assert.match(stderr, message);
    }
    assert.deepEqual(await query(lake, 'SELECT count(*) FROM minutes'), ['1']);
  });
});

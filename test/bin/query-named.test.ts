/** Named queries by the command that people type. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { NAMED_QUERIES, namedQuery } from '../../pipeline/queries/named.ts';
import { everySecond, sampleOf } from '../support/lake/sample-factory.ts';
import { runCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

test('lists what there is, and prints the text for Athena, without a lake', async () => {
  const list = await runCli(['query', '--list']);
  assert.equal(list.code, 0);
  const lines = list.stdout.trim().split('\n');
  assert.equal(lines.length, NAMED_QUERIES.length);
  assert.match(
    lines[0] ?? '',
    /^time-per-application +Observed and productive hours by application and site\./,
  );

  const sql = await runCli(['query', '--named', 'weekday', '--days', '7', '--user', 'ada', '--sql']);
  assert.equal(sql.stdout, `${namedQuery('weekday', { days: 7, userId: 'ada' })?.sql}\n`);
});

test('answers for a period and a person, and reports which dates have rows if there are none', async () => {
  const lake = join(await tempDir(), 'lake');
  const events = ['ada', 'grace'].map((user, index) =>
    sampleOf({ user, seq: index + 1, keys: everySecond(30) }),
  );
  await runCli(['ingest', '--lake', lake], {
    stdin: events.map((event) => JSON.stringify(event)).join('\n'),
  });
  const ask = (...more: readonly string[]) =>
    runCli(['query', '--lake', lake, '--named', 'interaction-intensity', '--format', 'csv', ...more]);

  const both = await ask('--until', '2026-11-20', '--days', '1');
  assert.equal(
    both.stdout,
    'user_id,days,active_min,keys_per_h,clicks_per_h,scrolls_per_h,distance_px_per_h\r\nada,1,1,1800,0,0,0\r\ngrace,1,1,1800,0,0,0\r\n',
  );
  assert.equal((await ask('--until', '2026-11-20', '--user', 'ada')).stdout.split('\r\n').length, 3);
  const none = await ask('--until', '2026-10-01');
  assert.equal(none.code, 0);
  assert.match(
    none.stderr,
    /^No rows in this period\. The lake has rollups from 2026-11-20 to 2026-11-20\. Check --days/,
  );
  const early = await ask('--until', '2026-10-01', '--user', 'ada');
  assert.match(early.stderr, /has rollups of ada from 2026-11-20 to/);
  const mistyped = await ask('--until', '2026-11-20', '--user', "a'da");
  assert.match(mistyped.stderr, /has no data of user a'da\. Users: \w+, \w+\. Check --user/);
});

test('reports wrong use with the remedy', async () => {
  const lake = await tempDir();
  for (const [args, message] of [
    [
      ['--named', 'focus'],
      /--named focus: no such query\. Available queries: time-per-application, .*completeness\./,
    ],
    [['--named', 'weekday', '--days', '0'], /Must be a whole number from 1 to 3660/],
    [['--named', 'weekday', '--until', '2026-02-30'], /Must be a date, such as 2026-11-20/],
    [['--named', 'weekday', 'SELECT 1'], /two queries\. Pass only one/],
    [['--days', '3', 'SELECT 1'], /--days requires --named/],
    [[], /pass a SELECT statement or --named NAME.*--list/],
    [['--sql', 'SELECT 1'], /--sql requires --named NAME/],
  ] as const) {
    const { code, stderr } = await runCli(['query', '--lake', lake, ...args]);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, message);
  }
  assert.match((await runCli(['query', '--named', 'weekday'])).stderr, /--lake DIR is required/);
});

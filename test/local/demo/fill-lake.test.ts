import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { addDays } from '@kinetrack/schema';
import { type DemoFleetOptions, demoFleet, fillDemoLake } from '../../../local/demo/index.ts';
import { openLake } from '../../../local/stores/query-engine.ts';
import { afterTest } from '../../runner/running-test.ts';
import { collect } from '../../support/collect.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

/** Long enough for a laptop that comes back from being offline: late data is part of it. */
const SMALL = { people: 5, days: 5, endDate: '2026-11-13' } as const satisfies DemoFleetOptions;
const { endDate } = SMALL;

/** One lake for the tests that only look. */
const smallLake = (async () => {
  const lakeDir = join(await tempDir(), 'lake');
  return { lakeDir, filled: await fillDemoLake({ lakeDir, ...SMALL }) };
})();

const filesBelow = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort((one, other) => (one < other ? -1 : 1));
};

/** Names and bytes of everything in a folder. */
const treeOf = async (folder: string): Promise<readonly string[]> => {
  const hash = async (path: string) =>
    createHash('sha256')
      .update(await readFile(join(folder, path)))
      .digest('hex');
  return Promise.all((await filesBelow(folder)).map(async (path) => `${path} ${await hash(path)}`));
};

test('two lakes of the same options hold the same names and bytes, one of another seed does not', async () => {
  const root = await tempDir();
  await fillDemoLake({ lakeDir: join(root, 'one'), people: 2, days: 3, endDate });
  await fillDemoLake({ lakeDir: join(root, 'two'), people: 2, days: 3, endDate });
  await fillDemoLake({ lakeDir: join(root, 'three'), people: 2, days: 3, endDate, seed: 2 });
  const [one, two, three] = await Promise.all(
    ['one', 'two', 'three'].map((name) => treeOf(join(root, name))),
  );
  assert.ok((one ?? []).length > 20);
  assert.deepEqual(one, two);
  assert.notDeepEqual(one, three);
});

test('every event of the fleet is in the lake once, in the partition of its type and hour', async () => {
  const { lakeDir, filled } = await smallLake;
  const expected = new Set((await collect(demoFleet(SMALL).events())).map(({ event_id }) => event_id));
  assert.equal(filled.events, expected.size);

  const objects = (await filesBelow(lakeDir)).filter((path) => path.startsWith('raw/'));
  assert.equal(objects.length, filled.objects);
  for (const path of objects) {
    const lines = gunzipSync(await readFile(join(lakeDir, path)))
      .toString()
      .trimEnd()
      .split('\n');
    for (const line of lines) {
      const { event_id, activity_type, ts } = JSON.parse(line);
      const partition = `raw/activity_type=${activity_type}/dt=${ts.slice(0, 10)}/hour=${ts.slice(11, 13)}/`;
      assert.ok(path.startsWith(partition), `${event_id} lies in ${path}`);
      assert.ok(expected.delete(event_id), `${event_id} lies there twice, or was never made`);
    }
  }
  assert.deepEqual([...expected], []);
});

test('every hour with samples is rolled up, also those that arrived days late', async () => {
  const { lakeDir, filled } = await smallLake;
  const files = await filesBelow(lakeDir);
  const hoursOf = (prefix: string) =>
    new Set(
      files.filter((path) => path.startsWith(prefix)).map((path) => /dt=.*?\/hour=\d\d/.exec(path)?.[0]),
    );
  const sampled = hoursOf('raw/activity_type=sample/');
  assert.equal(sampled.size, filled.hours);
  assert.deepEqual(hoursOf('rollup/minutes/'), sampled);
  assert.deepEqual(hoursOf('rollup/hours/'), sampled);
});

test('the rollup accounts for every second that the fleet observed', async () => {
  const { lakeDir } = await smallLake;
  const lake = await openLake({ lakeDir });
  afterTest(() => lake.close());
  const { rows } = await lake.query('SELECT user_id, sum(observed_s) FROM days GROUP BY user_id');
  const observed = new Map<string, number>();
  for await (const event of demoFleet(SMALL).events()) {
    if (event.activity_type !== 'sample') continue;
    observed.set(event.user_id, (observed.get(event.user_id) ?? 0) + event.to_s - event.from_s);
  }
  assert.equal(observed.size, SMALL.people);
  assert.deepEqual(new Map(rows.map(([user, seconds]) => [String(user), Number(seconds)])), observed);
});

test('people at work are mostly productive, and nobody is all day', async () => {
  const lake = await openLake({ lakeDir: (await smallLake).lakeDir });
  afterTest(() => lake.close());
  const { rows } = await lake.query(
    'SELECT user_id, 1.0 * sum(productive_s) / sum(observed_s) FROM days GROUP BY user_id ORDER BY user_id',
  );
  for (const [user, share] of rows) {
    const [least, most] = user === 'dario.demo' ? [0.3, 0.6] : [0.6, 0.95];
    assert.ok(Number(share) > least && Number(share) < most, `${user} is productive in ${share} of the time`);
  }
});

test('a mouse jiggler makes no minute productive', async () => {
  const lake = await openLake({ lakeDir: (await smallLake).lakeDir });
  afterTest(() => lake.close());
  for (const date of [addDays(endDate, -1), endDate]) {
    const minutes = await lake.minutes('dario.demo', date);
    const jiggled = minutes.filter(({ local_hour }) => local_hour === 13 || local_hour === 14);
    assert.equal(jiggled.length, 120);
    for (const { rule, distance_px } of jiggled) {
      assert.ok(distance_px > 0);
      assert.equal(rule, 'inactive');
    }
  }
});

test('uses a complete demo of the same options again, without writing', async () => {
  const { lakeDir, filled } = await smallLake;
  const before = await treeOf(lakeDir);
  assert.deepEqual(await fillDemoLake({ lakeDir, ...SMALL }), { ...filled, reused: true });
  assert.deepEqual(await treeOf(lakeDir), before);
});

test('an interrupted demo is filled again to the same bytes', async () => {
  const root = await tempDir();
  const [whole, torn] = [join(root, 'whole'), join(root, 'torn')];
  await fillDemoLake({ lakeDir: whole, people: 2, days: 3, endDate });
  const interrupted = fillDemoLake({
    lakeDir: torn,
    people: 2,
    days: 3,
    endDate,
    onProgress(text) {
      if (text.startsWith('rolling up')) throw new Error('the lights went out');
    },
  });
  await assert.rejects(interrupted, /the lights went out/);
  const filled = await fillDemoLake({ lakeDir: torn, people: 2, days: 3, endDate });
  assert.equal(filled.reused, false);
  assert.deepEqual(await treeOf(torn), await treeOf(whole));
});

test('refuses a folder that holds something else, and leaves it as it was', async () => {
  const lakeDir = await tempDir();
  await mkdir(join(lakeDir, 'raw'));
  await writeFile(join(lakeDir, 'raw', 'mine.json.gz'), 'mine');
  await assert.rejects(fillDemoLake({ lakeDir, people: 1, days: 1, endDate }), {
    code: 'folder_in_use',
    message: `${lakeDir} contains files that are not part of a demo lake. Choose another folder with --lake, or delete this one.`,
  });
  assert.deepEqual(await filesBelow(lakeDir), ['raw/mine.json.gz']);
});

test('refuses a folder with a demo of other options, and names the difference', async () => {
  const { lakeDir } = await smallLake;
  await assert.rejects(fillDemoLake({ lakeDir, ...SMALL, seed: 7 }), {
    code: 'folder_in_use',
    message: /contains another demo lake: its seed is 1, not 7\. Choose another folder/,
  });
});

test('replaces a demo of an earlier last day if allowed, and leaves nothing of it', async () => {
  const root = await tempDir();
  const [lakeDir, fresh] = [join(root, 'lake'), join(root, 'fresh')];
  const next = { people: 1, days: 2, endDate: '2026-11-16', replaceOutdated: true } as const;
  await fillDemoLake({ lakeDir, people: 1, days: 2, endDate });
  await assert.rejects(fillDemoLake({ lakeDir, ...next, replaceOutdated: false }), {
    code: 'folder_in_use',
    message: /contains another demo lake: its end_date is 2026-11-13, not 2026-11-16/,
  });
  await assert.rejects(fillDemoLake({ lakeDir, ...next, days: 3 }), /its days is 2, not 3/);

  assert.equal((await fillDemoLake({ lakeDir, ...next })).reused, false);

  await fillDemoLake({ lakeDir: fresh, ...next });
  assert.deepEqual(await treeOf(lakeDir), await treeOf(fresh));
});

test('replaces no demo in a folder with other files', async () => {
  const lakeDir = join(await tempDir(), 'lake');
  await fillDemoLake({ lakeDir, people: 1, days: 1, endDate });
  await writeFile(join(lakeDir, 'notes.txt'), 'mine');
  const before = await treeOf(lakeDir);
  await assert.rejects(
    fillDemoLake({ lakeDir, people: 1, days: 1, endDate: '2026-11-16', replaceOutdated: true }),
    { code: 'folder_in_use', message: /contains an older demo lake and other files, such as notes\.txt/ },
  );
  assert.deepEqual(await treeOf(lakeDir), before);
});

test('refuses a folder whose marker cannot be read', async () => {
  const lakeDir = await tempDir();
  await writeFile(join(lakeDir, 'demo.json'), '{"parameters":');
  await assert.rejects(
    fillDemoLake({ lakeDir, people: 1, days: 1, endDate }),
    /contains an unreadable demo.json/,
  );
});

test('reports its progress', async () => {
  const reported: string[] = [];
  await fillDemoLake({
    lakeDir: join(await tempDir(), 'lake'),
    people: 1,
    days: 3,
    endDate,
    onProgress: (text) => reported.push(text),
  });
  const delivered = (date: string) => new RegExp(`^delivered \\d+ events, up to ${date} \\d\\d:59 UTC$`);
  assert.match(reported[0] ?? '', delivered(addDays(endDate, -2)));
  assert.match(reported.findLast((text) => text.startsWith('delivered')) ?? '', delivered(endDate));
  assert.match(
    reported.at(-1) ?? '',
    new RegExp(`^rolling up ${endDate} \\d\\d:00 UTC \\((\\d+) of \\1 hours\\)$`),
  );
});

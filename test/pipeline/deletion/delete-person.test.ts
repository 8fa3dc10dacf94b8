import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { DEFAULT_RULES, deletionReceipt } from '@kinetrack/schema';
import { deletePerson, loadProgress } from '../../../pipeline/deletion/index.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import {
  contentOf,
  deletionContext,
  eventLine,
  gzipLines,
  HOURS,
  lakeOf,
  NOW_MS,
  otherLine,
  sampleLine,
  textOf,
} from '../../support/lake/deletion-lake.ts';
import type { VersionedMemoryStore } from '../../support/lake/versioned-store.ts';
import { sorted } from '../../support/sorted.ts';

const ask = (user_id: string, id = 'd-1') => ({ id, user_id, requested_by: 'root' });

async function finished(store: VersionedMemoryStore, user: string, more = {}) {
  const outcome = await deletePerson(ask(user), deletionContext(store, more));
  assert.equal(outcome.status, 'done');
  return outcome.receipt;
}

describe('deletePerson', () => {
  it('leaves the lake in which the person never was, byte for byte', async () => {
    const store = await lakeOf(['ada', 'bob', 'eve']);
    const receipt = await finished(store, 'bob');
    assert.deepEqual(contentOf(store), contentOf(await lakeOf(['ada', 'eve'])));
    assert.deepEqual(receipt.removed, {
      objects_read: 2 * 4 + 2 * 2 + 2 * 2,
      objects_rewritten: 2 * 1 + 2 * 2 + 2 * 2,
      objects_deleted: 2,
      events: { sample: 10, idle: 2, system: 2 },
      minute_rows: 10,
      hour_rows: 2,
      summary_items: 0,
      screenshots: 0,
      error_records: 0,
      // Ten that were replaced, two that were deleted, with their delete markers.
      versions: 10 + 2 * 2,
    });
    assert.deepEqual([...store.versions.keys()], []);
  });

  it('returns a receipt that identifies the person only by a hash', async () => {
    const store = await lakeOf(['ada', 'bob']);
    const receipt = deletionReceipt.parse(await finished(store, 'bob'));
    const stored = store.objects.get('deletions/receipts/d-1.json');
    assert.deepEqual(JSON.parse(Buffer.from(stored ?? []).toString()), receipt);
    for (const [key, body] of store.objects) {
      if (!key.startsWith('deletions/')) continue;
      assert.doesNotMatch(`${key} ${Buffer.from(body)}`, /bob/, key);
    }
    assert.match(String(receipt.person), /^[0-9a-f]{64}$/);
    assert.equal(receipt.requested_by, 'root');
    const own = await deletePerson({ ...ask('ada', 'd-2'), requested_by: 'ada' }, deletionContext(store));
    assert.equal(own.status === 'done' && own.receipt.requested_by, 'the person');
  });

  it('touches nothing of people whose ids begin or end alike, and nothing outside', async () => {
    const people = ['ada', 'ada/x', 'ad', 'Ada', '../ada', 'a"da', 'ädä', 'ada/2026-11-20'];
    for (const gone of people) {
      const store = await lakeOf(people);
      for (const user of people) await store.put(`screenshots/${user}/2026-11-19/1.png`, Buffer.from(user));
      await store.put('somewhere/ada/2026-11-19/1.png', Buffer.from('else'));
      await store.put('raw-files/ada.json.gz', gzipLines([sampleLine('ada', HOURS[0] ?? assert.fail(), 1)]));
      const receipt = await finished(store, gone);
      const expected = await lakeOf(people.filter((user) => user !== gone));
      for (const [key, body] of store.objects) if (/^(some|raw-)/.test(key)) expected.objects.set(key, body);
      for (const user of people) {
        if (user !== gone) expected.objects.set(`screenshots/${user}/2026-11-19/1.png`, Buffer.from(user));
      }
      assert.deepEqual(contentOf(store), contentOf(expected), gone);
      assert.equal(receipt.removed.screenshots, 1, gone);
    }
  });

  it('deletes what was there whatever moment it names, and keeps what is recorded afterwards', async () => {
    const [, nine] = HOURS;
    assert.ok(nine);
    const store = await lakeOf(['ada', 'bob']);
    const folder = 'raw/activity_type=idle/dt=2026-11-21/hour=09/';
    const ahead = otherLine('ada', 'idle', { dt: '2026-11-21', hour: '09' });
    const before = otherLine('ada', 'idle', nine);
    await store.put(`${folder}old.json.gz`, gzipLines([ahead, before]));
    store.writtenMs.set(`${folder}old.json.gz`, NOW_MS - 1);
    await store.put(`${folder}new.json.gz`, gzipLines([ahead, before]));
    await finished(store, 'ada');
    assert.equal(store.objects.has(`${folder}old.json.gz`), false);
    assert.equal(textOf(store.objects.get(`${folder}new.json.gz`) ?? Buffer.alloc(0)), ahead);
  });

  it('is not undone by a rollup that runs again', async () => {
    const store = await lakeOf(['ada', 'bob']);
    const [, nine] = HOURS;
    assert.ok(nine);
    await finished(store, 'bob');
    const expected = contentOf(store);
    const late = 'raw/activity_type=sample/dt=2026-11-20/hour=09/late.json.gz';
    await store.put(late, gzipLines([sampleLine('bob', nine, 30)]));
    await rollupHour({ store, hour: nine, rules: DEFAULT_RULES });
    store.objects.delete(late);
    assert.deepEqual(contentOf(store), expected);
  });

  it('reads each object once and writes only those that hold the person', async () => {
    const store = await lakeOf(['ada', 'bob']);
    const receipt = await finished(store, 'nobody');
    const lake = [...store.objects.keys()].filter((key) => !key.startsWith('deletions/'));
    const reads = store.reads.filter((key) => !key.startsWith('deletions/'));
    assert.deepEqual(sorted(reads), sorted(lake));
    assert.deepEqual(
      store.puts.filter((key) => !key.startsWith('deletions/')),
      [],
    );
    assert.equal(receipt.removed.objects_read, lake.length);
    assert.deepEqual(receipt.removed.events, {});
  });

  it('changes nothing in a dry run, and counts the same', async () => {
    const store = await lakeOf(['ada', 'bob']);
    const before = contentOf(store);
    const dry = await deletePerson({ ...ask('bob', 'dry'), dry_run: true }, deletionContext(store));
    assert.deepEqual(contentOf(store), before);
    assert.equal(
      [...store.objects.keys()].some((key) => key.startsWith('deletions/tombstones/')),
      false,
    );
    const real = await finished(store, 'bob');
    assert.ok(dry.status === 'done');
    assert.equal(dry.receipt.dry_run, true);
    assert.deepEqual({ ...dry.receipt.removed, versions: 0 }, { ...real.removed, versions: 0 });
  });

  it('asks the summaries, and counts what they removed', async () => {
    const store = await lakeOf(['ada']);
    const forgotten: string[] = [];
    const summaries = {
      deletePerson: (userId: string) => {
        forgotten.push(userId);
        return Promise.resolve(7);
      },
    };
    const receipt = await finished(store, 'ada', { summaries });
    assert.deepEqual(forgotten, ['ada']);
    assert.equal(receipt.removed.summary_items, 7);
  });

  it('counts once if it runs twice', async () => {
    const store = await lakeOf(['ada', 'bob']);
    const first = await finished(store, 'bob');
    assert.deepEqual(await finished(store, 'bob'), first);
  });
});

describe('damaged objects', () => {
  const key = 'raw/activity_type=idle/dt=2026-11-20/hour=09/torn.json.gz';
  /** Random text, so that a cut in the middle of the bytes is one in the middle of the lines. */
  const lines = (user: string) =>
    Array.from({ length: 400 }, (_, i) =>
      eventLine({ activity_type: 'idle', user_id: i % 2 ? user : 'eve', n: (i * 7919) % 1009, i }),
    );

  it('keep the readable lines of others if they name the person, and are listed', async () => {
    const store = await lakeOf(['ada']);
    const whole = gzipSync(lines('ada').join(''));
    await store.put(key, whole.subarray(0, whole.length / 2));
    store.writtenMs.set(key, 0);
    const receipt = await finished(store, 'ada');
    const left = textOf(store.objects.get(key) ?? Buffer.alloc(0));
    assert.ok(left.length > 0);
    assert.doesNotMatch(left, /"ada"/);
    assert.ok(
      lines('ada')
        .join('')
        .replaceAll(/.*"ada".*\n/g, '')
        .startsWith(left),
    );
    assert.deepEqual(
      receipt.not_done.map((entry) => entry.key),
      [key],
    );
    assert.match(receipt.not_done[0]?.why ?? '', /only readable lines of other people were kept/);
  });

  it('are not changed if they do not name the person, and are listed', async () => {
    const store = await lakeOf(['ada']);
    const whole = gzipSync(lines('bob').join(''));
    const torn = whole.subarray(0, whole.length / 2);
    await store.put(key, torn);
    const receipt = await finished(store, 'ada');
    assert.deepEqual(store.objects.get(key), torn);
    assert.match(receipt.not_done[0]?.why ?? '', /so the object was not changed/);
  });

  it('of rollups are listed, and do not stop the deletion', async () => {
    const store = await lakeOf(['ada', 'bob']);
    const torn = 'rollup/minutes/dt=2026-11-19/hour=23/part-0.parquet';
    await store.put(torn, Buffer.from('PAR1 no'));
    store.writtenMs.set(torn, 0);
    const receipt = await finished(store, 'ada');
    assert.equal(receipt.not_done[0]?.key, torn);
    assert.equal(receipt.removed.minute_rows, 5);
  });
});

describe('a deletion that is interrupted', () => {
  it('ends the same, wherever it is killed', async () => {
    const expected = contentOf(await lakeOf(['ada', 'eve']));
    const undisturbed = await lakeOf(['ada', 'bob', 'eve']);
    let writes = 0;
    undisturbed.beforeWrite = () => {
      writes += 1;
    };
    await finished(undisturbed, 'bob');
    assert.ok(writes > 15, String(writes));
    for (let kill = 1; kill <= writes; kill += 1) {
      const store = await lakeOf(['ada', 'bob', 'eve']);
      let left = kill;
      store.beforeWrite = () => {
        left -= 1;
        if (left <= 0) throw new Error('killed');
      };
      await assert.rejects(deletePerson(ask('bob'), deletionContext(store)), /killed/);
      store.beforeWrite = () => {};
      const receipt = await finished(store, 'bob');
      assert.deepEqual(contentOf(store), expected, `killed at write ${kill}`);
      const history = [...store.versions.keys()].filter((key) => !key.startsWith('deletions/'));
      assert.deepEqual(history, [], `killed at write ${kill}`);
      assert.equal(await loadProgress(store, 'd-1'), undefined);
      assert.ok(receipt.resumed <= 1);
    }
  });

  it('resumes after its time limit, and counts everything', async () => {
    const store = await lakeOf(['ada', 'bob', 'eve']);
    const whole = await finished(await lakeOf(['ada', 'bob', 'eve']), 'bob');
    let calls = 0;
    for (;;) {
      let budget = 3;
      const timeLeftMs = () => {
        budget -= 1;
        return budget > 0 ? 60_000 : 0;
      };
      const outcome = await deletePerson(ask('bob'), deletionContext(store, { timeLeftMs }));
      calls += 1;
      assert.ok(calls < 20);
      if (outcome.status !== 'done') continue;
      assert.deepEqual(outcome.receipt.removed, whole.removed);
      assert.equal(outcome.receipt.resumed, calls - 1);
      break;
    }
    assert.ok(calls > 2, String(calls));
    assert.deepEqual(contentOf(store), contentOf(await lakeOf(['ada', 'eve'])));
  });

  it('deletes in the second pass what arrived during the first', async () => {
    let nowMs = NOW_MS;
    const now = () => nowMs;
    const store = await lakeOf(['ada', 'bob'], now);
    const stale = new Map(store.objects);
    const [first] = HOURS;
    assert.ok(first);
    const setup = deletionContext(store, { now, settleMs: 900_000 });
    const settling = await deletePerson(ask('bob'), setup);
    assert.equal(settling.status, 'settling');
    // A rollup that had begun before stores its rows, and Firehose what it held in its buffers.
    nowMs += 60_000;
    for (const [key, body] of stale) if (key.startsWith('rollup/')) await store.put(key, body);
    const late = `raw/activity_type=sample/dt=${first.dt}/hour=${first.hour}/late.json.gz`;
    await store.put(late, gzipLines([sampleLine('bob', first, 59)]));
    const early = await deletePerson(ask('bob'), setup);
    assert.deepEqual([early.status, early.status === 'settling' && early.waitMs], ['settling', 840_000]);
    nowMs += 840_000;
    const done = await deletePerson(ask('bob'), setup);
    assert.equal(done.status, 'done');
    assert.deepEqual(contentOf(store), contentOf(await lakeOf(['ada'])));
  });
});

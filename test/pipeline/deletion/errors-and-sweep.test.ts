import assert from 'node:assert/strict';
import { deletePerson, sweepLake } from '../../../pipeline/deletion/index.ts';
import { addTombstone } from '../../../pipeline/lake/tombstones.ts';
import {
  contentOf,
  deletionContext,
  gzipLines,
  HOURS,
  lakeOf,
  NOW_MS,
  otherLine,
  sampleLine,
  textOf,
} from '../../support/lake/deletion-lake.ts';
import { VersionedMemoryStore } from '../../support/lake/versioned-store.ts';

const [EVENING, NINE] = [HOURS[0] ?? assert.fail(), HOURS[1] ?? assert.fail()];
const ERRORS = 'errors/metadata-extraction-failed/2026/11/20/kinetrack-1.json.gz';
const newSalt = () => 'a salt that nobody guesses';

const errorLine = (raw: string, arrivalMs = NOW_MS - 1000): string =>
  `${JSON.stringify({
    attemptsMade: 1,
    arrivalTimestamp: arrivalMs,
    errorCode: 'DynamicPartitioning.MetadataExtractionFailed',
    errorMessage: raw.slice(0, 40),
    attemptEndingTimestamp: arrivalMs,
    rawData: Buffer.from(raw).toString('base64'),
  })}\n`;

const bobs = otherLine('bob', 'idle', NINE);
const adas = otherLine('ada', 'idle', NINE);
const torn = (user: string) => `{"user_id": "${user}", "activity_type":"idle", "ts":`;

describe('records that could not be delivered', () => {
  it('lose those of the person, keep the others byte for byte, and what two people share in part', async () => {
    const store = await lakeOf(['ada']);
    const kept = [errorLine(adas), errorLine(torn('ada')), errorLine('\u0000\u0001 no JSON'), 'no record\n'];
    const shared = errorLine(`${adas}${bobs.trim()}${adas}`);
    await store.put(
      ERRORS,
      gzipLines([errorLine(adas), errorLine(bobs), shared, errorLine(torn('bob')), ...kept.slice(1)]),
    );
    store.writtenMs.set(ERRORS, 0);
    const outcome = await deletePerson(
      { id: 'd', user_id: 'bob', requested_by: 'root' },
      deletionContext(store),
    );
    assert.ok(outcome.status === 'done');
    assert.equal(outcome.receipt.removed.error_records, 3);
    const lines = textOf(store.objects.get(ERRORS) ?? Buffer.alloc(0)).match(/.*\n/g) ?? [];
    assert.deepEqual([lines[0], ...lines.slice(2)], kept);
    const part = JSON.parse(lines[1] ?? '');
    assert.equal(Buffer.from(part.rawData, 'base64').toString(), `${adas}${adas}`);
    assert.doesNotMatch(JSON.stringify(part), /bob/);
  });

  it('are searched even if they are not compressed', async () => {
    const store = await lakeOf([]);
    await store.put('errors/plain', Buffer.from(errorLine(adas) + errorLine(bobs)));
    await deletePerson({ id: 'd', user_id: 'bob', requested_by: 'root' }, deletionContext(store));
    assert.equal(Buffer.from(store.objects.get('errors/plain') ?? []).toString(), errorLine(adas));
  });
});

describe('the sweep', () => {
  const LATE = 'raw/activity_type=sample/dt=2026-11-19/hour=23/late.json.gz';

  it('is one listing if nobody was deleted', async () => {
    const store = await lakeOf(['ada', 'bob']);
    store.lists.length = 0;
    const report = await sweepLake({ store, now: () => NOW_MS });
    assert.deepEqual(store.lists, ['deletions/tombstones/']);
    assert.deepEqual([report.objectsRead, store.reads, store.puts], [0, [], []]);
  });

  it('removes what came late of those who were deleted, and their versions, and nothing else', async () => {
    const store = await lakeOf(['ada'], () => NOW_MS);
    const expected = contentOf(store);
    await addTombstone(store, { userId: 'bob', deletedBeforeMs: NOW_MS, newSalt });
    const afterwards = sampleLine('bob', { dt: '2026-11-20', hour: '12' }, 1);
    const fresh = 'raw/activity_type=sample/dt=2026-11-20/hour=12/new.json.gz';
    await store.put(LATE, gzipLines([sampleLine('ada', EVENING, 7), sampleLine('bob', EVENING, 7)]));
    await store.put(fresh, gzipLines([afterwards]));
    await store.put(ERRORS, gzipLines([errorLine(torn('bob')), errorLine(torn('bob'), NOW_MS + 1)]));
    const report = await sweepLake({ store, history: store, now: () => NOW_MS });
    assert.equal(textOf(store.objects.get(LATE) ?? Buffer.alloc(0)), sampleLine('ada', EVENING, 7));
    assert.equal(textOf(store.objects.get(fresh) ?? Buffer.alloc(0)), afterwards);
    assert.equal(textOf(store.objects.get(ERRORS) ?? Buffer.alloc(0)), errorLine(torn('bob'), NOW_MS + 1));
    for (const key of [LATE, fresh, ERRORS]) store.objects.delete(key);
    assert.deepEqual(contentOf(store), expected);
    assert.deepEqual([report.status, report.removed, report.objectsChanged], ['done', 2, 2]);
    assert.deepEqual(
      [...store.versions.keys()].filter((key) => !key.startsWith('deletions/')),
      [],
    );
  });

  it('reads only what was written since the last one', async () => {
    let nowMs = NOW_MS;
    const store = await lakeOf(['ada'], () => nowMs);
    await addTombstone(store, { userId: 'bob', deletedBeforeMs: nowMs, newSalt });
    nowMs += 7_200_000;
    await sweepLake({ store, now: () => nowMs });
    nowMs += 86_400_000;
    await store.put(LATE, gzipLines([sampleLine('bob', EVENING, 7)]));
    store.reads.length = 0;
    const report = await sweepLake({ store, now: () => nowMs });
    assert.equal(report.objectsRead, 1);
    assert.equal(store.objects.has(LATE), false);
    nowMs += 86_400_000;
    assert.equal((await sweepLake({ store, now: () => nowMs })).objectsRead, 0);
  });

  it('resumes after its time limit', async () => {
    const store = await lakeOf(['ada', 'bob']);
    await addTombstone(store, { userId: 'bob', deletedBeforeMs: NOW_MS, newSalt });
    let read = 0;
    for (let round = 0; ; round += 1) {
      assert.ok(round < 30);
      let budget = 2;
      const timeLeftMs = () => {
        budget -= 1;
        return budget >= 0 ? 60_000 : 0;
      };
      const report = await sweepLake({ store, now: () => NOW_MS, parallel: 2, timeLeftMs });
      read += report.objectsRead;
      const state = JSON.parse(Buffer.from(store.objects.get('deletions/sweep.json') ?? []).toString());
      if (state.step === null) break;
      assert.equal(report.status, 'unfinished');
    }
    const raw = [...(await lakeOf(['ada', 'bob'])).objects.keys()].filter((key) => key.startsWith('raw/'));
    assert.equal(read, raw.length);
    for (const [key, body] of store.objects) {
      if (key.startsWith('raw/')) assert.doesNotMatch(textOf(body), /"bob"/, key);
    }
  });
});

describe('retention by date', () => {
  it('deletes what a rewrite has given a new age, and not what has arrived late', async () => {
    const store = new VersionedMemoryStore(() => NOW_MS);
    const uuid = '0b6c5f3e-43b4-4f0a-9c3a-2f5a6e1d7c88';
    const old = `raw/activity_type=idle/dt=2025-10-01/hour=09/a-1-2025-10-01-09-00-00-${uuid}.json.gz`;
    const oddClock = `raw/activity_type=idle/dt=1999-10-01/hour=09/a-1-2026-11-19-09-00-00-${uuid}.json.gz`;
    const kept = [
      oddClock,
      `raw/activity_type=idle/dt=2025-10-16/hour=09/a-1-2025-10-16-09-00-00-${uuid}.json.gz`,
      'rollup/hours/dt=2023-11-20/hour=09/part-0.parquet',
      'errors/metadata-extraction-failed/2026/08/20/a',
      'raw/something/else',
    ];
    const gone = [
      old,
      'raw/activity_type=sample/dt=2025-10-01/hour=09/b.json.gz',
      'rollup/hours/dt=2023-11-01/hour=09/part-0.parquet',
      'rollup/minutes/dt=2023-11-01/hour=09/part-0.parquet',
      'errors/metadata-extraction-failed/2026/08/10/a',
    ];
    for (const key of [...kept, ...gone]) await store.put(key, Buffer.from('x'));
    const retention = { raw: 400, rollups: 1100, errors: 90 };
    const report = await sweepLake({ store, now: () => NOW_MS, retention });
    assert.deepEqual([...store.objects.keys()].sort(), [...kept].sort());
    assert.equal(report.expired, gone.length);
  });
});

import assert from 'node:assert/strict';
import type { IngestRecord, IngestSink } from '../../../pipeline/lake/ports.ts';
import { addTombstone } from '../../../pipeline/lake/tombstones.ts';
import { type ReplayOptions, replay } from '../../../pipeline/replay/replay.ts';
import { gzipLines, NOW_MS, textOf } from '../../support/lake/deletion-lake.ts';
import { sampleEvent } from '../../support/lake/raw-samples.ts';
import { VersionedMemoryStore } from '../../support/lake/versioned-store.ts';

const KEY = 'errors/activePartitionExceeded/2026/11/20/a.json.gz';
const good = (seq: number, user_id = 'ada'): string =>
  JSON.stringify(sampleEvent({ seq, event_id: `6f9619ff-8b86-4d01-b42d-00cf4fc964ff:${seq}`, user_id }));
const BAD = good(9).replace('2026-11-20T', '2026-02-31T');

const errorLine = (raw: string, code = 'DynamicPartitioning.ActivePartitionsLimitExceeded', atMs = NOW_MS) =>
  `${JSON.stringify({ arrivalTimestamp: atMs, errorCode: code, errorMessage: 'why', rawData: Buffer.from(raw).toString('base64') })}\n`;

/** A sink with outcomes that a test sets. */
class FakeSink implements IngestSink {
  readonly taken: IngestRecord[] = [];
  takes: (record: IngestRecord) => boolean = () => true;
  put(records: readonly IngestRecord[]): Promise<readonly ('stored' | 'retryable')[]> {
    return Promise.resolve(
      records.map((record) => {
        if (!this.takes(record)) return 'retryable';
        this.taken.push(record);
        return 'stored';
      }),
    );
  }
  get text(): string {
    return this.taken.map(({ data }) => Buffer.from(data).toString()).join('');
  }
}

async function setupWith(...lines: string[]) {
  const store = new VersionedMemoryStore(() => NOW_MS);
  await store.put(KEY, gzipLines(lines));
  const sink = new FakeSink();
  const run = (more: Partial<ReplayOptions> = {}) =>
    replay({ store, sink, prefixes: [], dryRun: false, ...more });
  const left = () => {
    const body = store.objects.get(KEY);
    return body === undefined ? undefined : textOf(body);
  };
  return { store, sink, run, left };
}

describe('replay', () => {
  it('puts back what is valid now, and leaves the rest with its reason', async () => {
    const { sink, run, left } = await setupWith(errorLine(good(1)), errorLine(BAD), errorLine('{"torn'));
    const counts = await run();
    assert.equal(sink.text, `${good(1)}\n`);
    assert.equal(sink.taken[0]?.partitionKey, '6f9619ff-8b86-4d01-b42d-00cf4fc964ff');
    assert.equal(left(), errorLine(BAD) + errorLine('{"torn'));
    assert.deepEqual(counts.stillBad, { 'invalid_field: ts': 1, not_json: 1 });
    assert.deepEqual([counts.delivered, counts.shortened, counts.emptied], [1, 1, 0]);
  });

  it('delivers nothing twice, and deletes an object of which nothing is left', async () => {
    const { sink, run, left, store } = await setupWith(errorLine(good(1)), errorLine(good(2)));
    assert.equal((await run()).emptied, 1);
    assert.equal(left(), undefined);
    assert.equal((await run()).objects, 0);
    assert.equal(sink.text, `${good(1)}\n${good(2)}\n`);
    assert.equal(store.versions.get(KEY)?.length, 2);
  });

  it('splits a record of too many events, and packs them again within the limits', async () => {
    const many = Array.from({ length: 700 }, (_, i) => good(i + 1));
    const { sink, run } = await setupWith(errorLine(many.join('')), errorLine(`${good(800)}\n${BAD}\n`));
    const counts = await run();
    assert.equal(counts.delivered, 701);
    assert.deepEqual(sink.text.trim().split('\n'), [...many, good(800)]);
    assert.ok(sink.taken.every(({ data }) => data.length <= 25 * 1024));
  });

  it('drops events of people who were deleted, and what they did afterwards it delivers', async () => {
    const after = JSON.stringify(
      sampleEvent({
        seq: 3,
        event_id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff:3',
        ts: '2026-11-20T13:00:00.000Z',
      }),
    );
    const { store, sink, run, left } = await setupWith(errorLine(`${good(1)}\n${good(2, 'bob')}\n${after}`));
    await addTombstone(store, { userId: 'ada', deletedBeforeMs: NOW_MS, newSalt: () => 'salt' });
    const counts = await run();
    assert.deepEqual([counts.hidden, counts.delivered], [1, 2]);
    assert.equal(sink.text, `${good(2, 'bob')}\n${after}\n`);
    assert.equal(left(), undefined);
  });

  it('keeps what the pipeline does not take, for the next run', async () => {
    const { sink, run, left } = await setupWith(errorLine(good(1)), errorLine(good(2)));
    sink.takes = () => false;
    assert.equal((await run()).refused, 2);
    assert.equal(left(), errorLine(good(1)) + errorLine(good(2)));
    sink.takes = () => true;
    assert.equal((await run()).delivered, 2);
  });

  it('loses nothing when it is killed between delivery and the object', async () => {
    const { store, sink, run, left } = await setupWith(errorLine(good(1)));
    store.beforeWrite = () => {
      throw new Error('killed');
    };
    await assert.rejects(run(), /killed/);
    assert.equal(left(), errorLine(good(1)));
    store.beforeWrite = () => {};
    await run();
    // Twice on the way, once by its number.
    assert.equal(sink.text, `${good(1)}\n${good(1)}\n`);
    assert.equal(left(), undefined);
  });

  it('looks only at the moment, the code and the prefix that it was given', async () => {
    const lines = [errorLine(good(1), 'A', NOW_MS - 1), errorLine(good(2), 'B'), errorLine(good(3), 'A')];
    const { sink, run, left, store } = await setupWith(...lines);
    await store.put('errors/other/b', Buffer.from(errorLine(good(4), 'A')));
    const counts = await run({ sinceMs: NOW_MS, errorCode: 'A', prefixes: ['errors/active'] });
    assert.equal(sink.text, `${good(3)}\n`);
    assert.equal(left(), `${lines[0]}${lines[1]}`);
    assert.deepEqual([counts.objects, counts.skipped], [1, 2]);
    assert.ok(store.objects.has('errors/other/b'));
    await assert.rejects(run({ prefixes: ['raw/'] }), { code: 'invalid_prefix' });
  });

  it('changes nothing in a dry run, and nothing of what it cannot read', async () => {
    const { store, sink, run, left } = await setupWith(errorLine(good(1)));
    const torn = gzipLines([errorLine(good(2))]).subarray(0, 60);
    await store.put('errors/torn.gz', torn);
    await store.put('errors/strange', Buffer.from('not a record\n'));
    const dry = await run({ dryRun: true });
    assert.deepEqual([dry.delivered, sink.taken.length, left()], [1, 0, errorLine(good(1))]);
    const counts = await run();
    assert.deepEqual(counts.unreadable, ['errors/strange', 'errors/torn.gz']);
    assert.deepEqual(store.objects.get('errors/torn.gz'), torn);
    assert.equal(Buffer.from(store.objects.get('errors/strange') ?? []).toString(), 'not a record\n');
  });
});

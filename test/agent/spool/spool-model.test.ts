/** Any sequence of operations, restarts and crashes: the files answer as the memory does. */
import assert from 'node:assert/strict';
import { cp, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { memorySpool, openSegmentSpool, type Spool } from '../../../agent/src/spool/index.ts';
import { tempDir } from '../../support/temp-dir.ts';

const SEGMENT_BYTES = 256;

interface Subject {
  readonly root: string;
  dir: string;
  spool: Spool;
}
interface Command {
  readonly name: string;
  run(model: Spool, subject: Subject): Promise<void>;
}

const append = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 8 }).map(
  (lines): Command => ({
    name: `append ${lines.length}`,
    async run(model, { spool }) {
      const records = lines.map((line, i) => ({ id: model.lastSeq + 1 + i, line: JSON.stringify(line) }));
      await model.append(records);
      const half = records.length >> 1;
      await Promise.all([spool.append(records.slice(0, half)), spool.append(records.slice(half))]);
    },
  }),
);

const limits = fc.record({
  maxRecords: fc.integer({ min: 1, max: 20 }),
  maxBytes: fc.nat(300),
  back: fc.nat(20),
});
const read = limits.map(
  ({ back, ...options }): Command => ({
    name: `read ${JSON.stringify(options)} ${back} back`,
    async run(model, { spool }) {
      const where = { ...options, afterId: Math.max(0, model.lastSeq - back) };
      assert.deepEqual(await spool.read(where), await model.read(where));
      assert.deepEqual(await spool.read(options), await model.read(options));
    },
  }),
);

const ack = fc.array(fc.nat(30), { maxLength: 20 }).map(
  (backs): Command => ({
    name: `ack ${backs}`,
    async run(model, { spool }) {
      const ids = backs.map((back) => model.lastSeq - back);
      await Promise.all([model.ack(ids), spool.ack(ids)]);
    },
  }),
);

const drain = fc.constant<Command>({
  name: 'ack all',
  async run(model, { spool }) {
    const ids = (await model.read({ maxRecords: 10_000, maxBytes: 1e9 })).map(({ id }) => id);
    await Promise.all([model.ack(ids), spool.ack(ids)]);
  },
});

const reopen = fc.constant<Command>({
  name: 'reopen',
  async run(_, subject) {
    await subject.spool.close();
    subject.spool = await openSegmentSpool({ dir: subject.dir, segmentBytes: SEGMENT_BYTES });
  },
});

const crash = fc.constant<Command>({
  name: 'crash',
  async run(_, subject) {
    // What a kill leaves behind: the files as they are, without close().
    const dir = await mkdtemp(join(subject.root, 'crash-'));
    await cp(subject.dir, dir, { recursive: true });
    await subject.spool.close();
    subject.dir = dir;
    subject.spool = await openSegmentSpool({ dir, segmentBytes: SEGMENT_BYTES });
  },
});

test('any sequence of appends, reads, acknowledgements, restarts and crashes keeps every record', async (t) => {
  const root = await tempDir(t);
  const commands = fc.array(fc.oneof(append, append, read, ack, drain, reopen, crash), { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const dir = await mkdtemp(join(root, 'run-'));
      const model = memorySpool();
      const subject = { root, dir, spool: await openSegmentSpool({ dir, segmentBytes: SEGMENT_BYTES }) };
      try {
        for (const command of sequence) {
          await command.run(model, subject);
          assert.equal(subject.spool.lastSeq, model.lastSeq, command.name);
          assert.deepEqual(subject.spool.status(), model.status(), command.name);
        }
        const all = { maxRecords: 10_000, maxBytes: 1e9 };
        assert.deepEqual(await subject.spool.read(all), await model.read(all));
      } finally {
        await subject.spool.close();
      }
    }),
    { numRuns: 60 },
  );
});

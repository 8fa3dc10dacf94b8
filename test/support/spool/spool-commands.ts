/** What can be done to a spool, and happen to it, as fast-check commands over a SpoolModel. */
import assert from 'node:assert/strict';
import type { DropReason } from '@kinetrack/schema';
import fc from 'fast-check';
import { type Runtime, systemRuntime } from '../../../agent/src/runtime.ts';
import { type SegmentSpool, SpoolError } from '../../../agent/src/spool/index.ts';
import { seeded } from '../seeded.ts';
import { powerCut } from './crash-states.ts';
import { idsOfLosses } from './durability-model.ts';
import { diskError } from './faulty-disk.ts';
import { type DiskContent, MemoryDisk } from './memory-disk.ts';
import { openSmallSpool } from './opened-spool.ts';
import type { SpoolModel } from './spool-model.ts';

const MAX_BYTES = 6 * 1024;

/** The spool, the disk below it, and what goes wrong at the moment. */
export class Real {
  disk = new MemoryDisk();
  #spool: SegmentSpool | undefined;
  wallClockMs = 0;
  /** How often each command did what it is there for. */
  readonly counts: Map<string, number>;

  constructor(counts: Map<string, number>) {
    this.counts = counts;
  }

  get spool(): SegmentSpool {
    assert.ok(this.#spool);
    return this.#spool;
  }

  async open(content: DiskContent = new Map()): Promise<void> {
    this.disk = new MemoryDisk({ content });
    const runtime: Runtime = {
      ...systemRuntime,
      now: () => systemRuntime.now() + this.wallClockMs,
      // The system's timers keep no process alive, not even a test that waits for them.
      after(delayMs, call) {
        const timer = setTimeout(call, delayMs);
        return { cancel: () => clearTimeout(timer) };
      },
    };
    this.#spool = await openSmallSpool(this.disk, {
      segmentBytes: 512,
      maxBytes: MAX_BYTES,
      groupMs: 1,
      runtime,
    });
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

type SpoolCommand = fc.AsyncCommand<SpoolModel, Real>;

const command = (name: string, run: (model: SpoolModel, real: Real) => Promise<void>): SpoolCommand => ({
  check: () => true,
  toString: () => name,
  async run(model, real) {
    await run(model, real);
    real.count(name.split(' ')[0] ?? name);
    await model.assertSame(real.spool, name);
  },
});

/** False where the disk refused it: nothing else may. */
async function succeeds(task: Promise<void>, model: SpoolModel, real: Real): Promise<boolean> {
  try {
    await task;
    return true;
  } catch (error) {
    assert.ok(error instanceof SpoolError && error.code === 'io', `not for the disk: ${String(error)}`);
    assert.ok(real.disk.isDisturbed, `the disk was well: ${error.message}`);
    model.isUncertain = true;
    real.count('refused');
    return false;
  }
}

/** Several appends at once, each of so many records. */
const append = fc
  .array(
    fc.array(fc.string({ unit: 'grapheme', maxLength: 200, size: 'max' }), { minLength: 1, maxLength: 5 }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((lists) =>
    command(`append ${lists.map(({ length }) => length)}`, async (model, real) => {
      let id = model.lastSeq;
      const groups = lists.map((lines) => lines.map((line) => ({ id: ++id, line: JSON.stringify(line) })));
      for (const group of groups) model.durability.offer(group);
      const outcomes = await Promise.all(
        groups.map(async (group) => {
          const isAccepted = await succeeds(real.spool.append(group), model, real);
          for (const record of isAccepted ? group : []) model.accept(record.id, record.line);
          return isAccepted;
        }),
      );
      if (model.noticeDropped(real.spool) > 0) real.count('made room');
      // Where a call failed in between, what was to be freed may lie there still; one append may be larger.
      const isAlone = model.pendingIds.every((pending) =>
        groups.at(-1)?.some((record) => record.id === pending),
      );
      const { usedBytes } = real.disk;
      assert.ok(
        usedBytes <= MAX_BYTES || isAlone || outcomes.includes(false),
        `${usedBytes} bytes, ${MAX_BYTES} at most`,
      );
    }),
  );

const read = fc
  .record({ maxRecords: fc.integer({ min: 1, max: 20 }), maxBytes: fc.nat(300), back: fc.nat(20) })
  .map(({ back, ...limits }) =>
    command(`read ${JSON.stringify(limits)} ${back} back`, async (model, { spool }) => {
      const afterId = Math.max(0, model.lastSeq - back);
      assert.deepEqual(await spool.read({ ...limits, afterId }), model.read(limits, afterId));
      assert.deepEqual(await spool.read(limits), model.read(limits));
    }),
  );

/** Ids counted back from the last one: in any order, twice, some of them gone long ago. */
const backs = fc.array(fc.nat(25), { minLength: 1, maxLength: 15 });

const ack = backs.map((list) => command(`ack ${list}`, (model, real) => acknowledge(list, model, real)));
const ackAll = fc.constant(
  command('ackAll', (model, real) =>
    acknowledge(
      model.pendingIds.map((id) => model.lastSeq - id),
      model,
      real,
    ),
  ),
);

async function acknowledge(list: readonly number[], model: SpoolModel, real: Real): Promise<void> {
  const ids = list.map((back) => model.lastSeq - back);
  const pending = model.pendingIds.filter((id) => ids.includes(id));
  for (const id of pending) model.durability.acking.add(id);
  if (!(await succeeds(real.spool.ack(ids), model, real))) return;
  for (const id of pending) model.durability.acked.add(id);
}

const drop = fc.tuple(fc.constantFrom<DropReason>('too_large', 'refused'), backs).map(([reason, list]) =>
  command(`drop ${reason} ${list}`, async (model, real) => {
    const ids = list.map((back) => model.lastSeq - back);
    const pending = model.pendingIds.filter((id) => ids.includes(id));
    for (const id of pending) model.durability.givingUp.add(id);
    const isDurable = await succeeds(real.spool.drop(reason, ids), model, real);
    for (const id of pending) model.lose(id, reason);
    if (isDurable) for (const id of pending) model.durability.lost.add(id);
  }),
);

const skip = fc.integer({ min: 0, max: 4 }).map((count) =>
  command(`skip ${count}`, async (model, real) => {
    const ids = Array.from({ length: count }, (_, i) => model.lastSeq + 1 + i);
    for (const id of ids) model.durability.givingUp.add(id);
    if (!(await succeeds(real.spool.skip(count, 'memory_full'), model, real))) return;
    for (const id of ids) {
      model.lose(id, 'memory_full');
      model.durability.lost.add(id);
    }
  }),
);

const report = fc.constant(
  command('report', async (model, real) => {
    const losses = real.spool.losses();
    for (const id of idsOfLosses(losses)) model.durability.reporting.add(id);
    if (!(await succeeds(real.spool.lossesReported(losses), model, real))) return;
    for (const id of idsOfLosses(losses)) model.durability.reported.add(id);
  }),
);

const reopen = fc.constant(
  command('reopen', async (model, real) => {
    await real.spool.close();
    await real.open(real.disk.content);
    await model.assertReopened(real.spool, 'reopen');
  }),
);

/** The files as they are: kill -9. */
const kill = fc.constant(
  command('kill', async (model, real) => {
    const { spool, disk } = real;
    await real.open(disk.content);
    await model.assertReopened(real.spool, 'kill');
    await spool.close();
  }),
);

const losePower = fc.integer().map((seed) =>
  command(`losePower ${seed}`, async (model, real) => {
    const { spool, disk } = real;
    await real.open(powerCut(disk, seeded(seed)));
    await model.assertReopened(real.spool, 'power cut');
    await spool.close();
  }),
);

const fill = fc.nat(400).map((room) =>
  command(`fill ${room}`, async (_, { disk }) => {
    disk.capacityBytes = disk.usedBytes + room;
  }),
);

const makeSpace = fc.constant(
  command('makeSpace', async (_, { disk }) => {
    disk.capacityBytes = Number.POSITIVE_INFINITY;
  }),
);

/** The next so many calls of these kinds fail. */
const failCalls = fc
  .tuple(
    fc.constantFrom('datasync', 'syncFolder', 'write', 'create', 'rename', 'remove', 'truncate'),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([kind, times]) =>
    command(`failCalls ${kind} ${times}`, async (_, { disk }) => {
      let left = times;
      disk.before = (call) => {
        if (call === kind && left-- > 0) throw diskError('EIO');
      };
    }),
  );

const heal = fc.constant(
  command('heal', async (_, { disk }) => {
    disk.before = null;
  }),
);

const jumpClock = fc.integer({ min: -10, max: 10 }).map((years) =>
  command(`jumpClock ${years} years`, async (_, real) => {
    real.wallClockMs += years * 365 * 86_400_000;
  }),
);

export const spoolCommands = (maxCommands: number) =>
  fc.commands(
    [
      append,
      append,
      read,
      ack,
      ackAll,
      drop,
      skip,
      report,
      reopen,
      kill,
      losePower,
      fill,
      makeSpace,
      failCalls,
      heal,
      jumpClock,
    ],
    { maxCommands, size: 'max' },
  );

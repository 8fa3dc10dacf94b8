/** Power cuts after every disk operation, with every possible outcome of unsynced writes and names. */
import assert from 'node:assert/strict';
import type { SegmentSpoolOptions } from '../../../agent/src/spool/index.ts';
import { diagnostic } from '../../runner/running-test.ts';
import { seeded } from '../../support/seeded.ts';
import { sized } from '../../support/sizes.ts';
import { type CrashState, crashStates, fingerprint } from '../../support/spool/crash-states.ts';
import { DurabilityModel } from '../../support/spool/durability-model.ts';
import { diskError } from '../../support/spool/faulty-disk.ts';
import { type DiskContent, MemoryDisk } from '../../support/spool/memory-disk.ts';
import { openSmallSpool } from '../../support/spool/opened-spool.ts';
import { type Guarantee, SpoolSession } from '../../support/spool/spool-session.ts';

/** KINETRACK_SEED selects other cases, as in property tests. */
const SEED = Number(process.env.KINETRACK_SEED ?? 0);

interface Session {
  readonly disk: MemoryDisk;
  readonly guarantees: readonly Guarantee[];
}

interface SessionOptions {
  readonly content?: DiskContent;
  readonly spool?: Partial<SegmentSpoolOptions>;
  readonly steps: number;
  /** Called before each step, to inject faults. */
  readonly disturb?: (disk: MemoryDisk) => void;
}

/** Opens a spool, uses it at random, and closes it in half of the cases. */
async function runSession(random: () => number, options: SessionOptions): Promise<Session> {
  const { content = new Map(), steps, disturb } = options;
  const disk = new MemoryDisk({ content, slow: true });
  const spool = await openSmallSpool(disk, options.spool);
  const session = new SpoolSession(spool, disk, random);
  for (let i = 0; i < steps; i++) {
    disturb?.(disk);
    await session.step();
  }
  const left = disk.operations.length;
  await spool.close();
  // Otherwise the power is cut before the close.
  if (random() < 0.5) disk.operations.splice(left);
  return { disk, guarantees: session.guarantees };
}

/** The model after a number of disk operations, starting from the model before the session. */
class ModelAtOperation {
  #next = 0;
  readonly durability: DurabilityModel;

  constructor(
    before: DurabilityModel,
    private readonly guarantees: readonly Guarantee[],
  ) {
    this.durability = before.clone();
  }

  /** Returns the number of guarantees that hold. */
  advanceTo(after: number): number {
    for (let next = this.guarantees[this.#next]; next !== undefined; next = this.guarantees[this.#next]) {
      if (next.after > after) break;
      next.apply(this.durability);
      this.#next++;
    }
    return this.#next;
  }
}

/** Opens the remaining files twice and appends in between. */
async function assertRecovered(
  content: DiskContent,
  durability: DurabilityModel,
  context: string,
): Promise<void> {
  const disk = new MemoryDisk({ content });
  const spool = await openSmallSpool(disk);
  await durability.assertKeptBy(spool, context);
  const after = durability.clone();
  await after.adopt(spool);
  const next = { id: spool.lastSeq + 1, line: 'after the power cut' };
  after.offer([next]);
  await spool.append([next]);
  after.accepted.add(next.id);
  await spool.close();
  const again = await openSmallSpool(disk);
  await after.assertKeptBy(again, `${context}, opened again`);
  assert.equal(again.lastSeq, next.id, context);
  await again.close();
}

class PowerCuts {
  readonly seen = new Set<string>();
  readonly #tried = new Set<string>();
  operations = 0;
  /** Records dropped to make room. */
  dropped = 0;

  constructor(private readonly random: () => number) {}

  /** Tries every state that a power cut during a session may leave. Returns one of them for the next session. */
  async examine(
    { disk, guarantees }: Session,
    before: DurabilityModel,
    randomPerPoint: number,
    name: string,
  ) {
    const model = new ModelAtOperation(before, guarantees);
    let kept: { readonly state: CrashState; readonly durability: DurabilityModel } | undefined;
    let count = 0;
    for (const state of crashStates(disk, this.random, randomPerPoint)) {
      const guaranteed = model.advanceTo(state.after);
      const print = fingerprint(state.content);
      this.seen.add(print);
      const key = `${name} ${guaranteed} ${print}`;
      if (this.#tried.has(key)) continue;
      this.#tried.add(key);
      await assertRecovered(
        state.content,
        model.durability,
        `${name}, power cut after ${state.after} operations`,
      );
      count++;
      if (this.random() < 1 / count) kept = { state, durability: model.durability.clone() };
    }
    this.operations += disk.operations.length;
    assert.ok(kept);
    return kept;
  }
}

async function examineSessions(
  options: SessionOptions & {
    readonly seed: number;
    readonly series: number;
    readonly generations: number;
  },
) {
  const random = seeded(SEED + options.seed);
  const cuts = new PowerCuts(random);
  for (let i = 1; i <= options.series; i++) {
    let content: DiskContent = new Map();
    let durability = new DurabilityModel();
    for (let generation = 1; generation <= options.generations; generation++) {
      const session = await runSession(random, { ...options, content });
      const { state, durability: then } = await cuts.examine(
        session,
        durability,
        sized(3, 8),
        `session ${i}.${generation}`,
      );
      // The next session starts from the files and the model after the power cut.
      const disk = new MemoryDisk({ content: state.content });
      const spool = await openSmallSpool(disk, options.spool);
      const { queue_full = 0, disk_full = 0 } = spool.status().dropped;
      cuts.dropped = Math.max(cuts.dropped, queue_full + disk_full);
      await then.adopt(spool);
      await spool.close();
      content = disk.content;
      durability = then;
    }
  }
  diagnostic(
    `${cuts.seen.size} states after ${cuts.operations} operations; ${cuts.dropped} records dropped in one session at most`,
  );
  return { states: cuts.seen.size, dropped: cuts.dropped };
}

test('recovers everything that was synced from every state that a power cut leaves', async () => {
  const { states } = await examineSessions({ seed: 1, series: sized(4, 24), generations: 3, steps: 14 });
  assert.ok(states >= sized(2_000, 10_000), `only ${states} different states`);
});

test('keeps its guarantees through power cuts while it drops the oldest records', async () => {
  const spool = { maxBytes: 3 * 1024, segmentBytes: 512 };
  const { dropped } = await examineSessions({
    seed: 2,
    series: sized(2, 8),
    generations: 2,
    steps: 30,
    spool,
  });
  assert.ok(dropped > 0, 'nothing was dropped');
});

test('keeps its guarantees through power cuts on a disk whose syncs fail sometimes', async () => {
  const random = seeded(SEED + 3);
  let failed = 0;
  const disturb = (disk: MemoryDisk) => {
    let failures = random() < 0.3 ? 1 : 0;
    disk.before = (call) => {
      if (call !== 'datasync' || failures === 0 || random() > 0.3) return;
      failures--;
      failed++;
      throw diskError('EIO');
    };
  };
  await examineSessions({ seed: 4, series: sized(2, 8), generations: 2, steps: 14, disturb });
  diagnostic(`${failed} syncs failed`);
  assert.ok(failed > 0);
});

test('keeps its guarantees through power cuts on a disk that is full sometimes', async () => {
  const random = seeded(SEED + 5);
  const disturb = (disk: MemoryDisk) => {
    disk.capacityBytes = random() < 0.4 ? disk.usedBytes + Math.floor(random() * 300) : Infinity;
  };
  const { dropped } = await examineSessions({
    seed: 6,
    series: sized(2, 8),
    generations: 2,
    steps: 20,
    disturb,
  });
  assert.ok(dropped > 0, 'nothing was dropped');
});

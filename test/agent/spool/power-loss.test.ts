/** Power cuts at every operation on the disk, in every way that unsynced writes and names can come out of one. */
import assert from 'node:assert/strict';
import type { SegmentSpoolOptions } from '../../../agent/src/spool/index.ts';
import { diagnostic } from '../../runner/running-test.ts';
import { seeded } from '../../support/seeded.ts';
import { sized } from '../../support/sizes.ts';
import { type CrashState, crashStates, fingerprint } from '../../support/spool/crash-states.ts';
import { Promises } from '../../support/spool/durability-model.ts';
import { diskError } from '../../support/spool/faulty-disk.ts';
import { openLabSpool } from '../../support/spool/lab-spool.ts';
import { type DiskContent, MemoryDisk } from '../../support/spool/memory-disk.ts';
import { SpoolSession, type Testimony } from '../../support/spool/spool-session.ts';

/** Other cases than usual: KINETRACK_SEED, as in property tests. */
const SEED = Number(process.env.KINETRACK_SEED ?? 0);

interface Life {
  readonly disk: MemoryDisk;
  readonly testimonies: readonly Testimony[];
}

interface LifeOptions {
  readonly content?: DiskContent;
  readonly spool?: Partial<SegmentSpoolOptions>;
  readonly steps: number;
  /** Called before each step: sets what goes wrong in it. */
  readonly disturb?: (disk: MemoryDisk) => void;
}

/** A spool is opened, used at random, and half of the time closed. */
async function live(random: () => number, options: LifeOptions): Promise<Life> {
  const { content = new Map(), steps, disturb } = options;
  const disk = new MemoryDisk({ content, slow: true });
  const spool = await openLabSpool(disk, options.spool);
  const session = new SpoolSession(spool, disk, random);
  for (let i = 0; i < steps; i++) {
    disturb?.(disk);
    await session.step();
  }
  const left = disk.operations.length;
  await spool.close();
  // Without a close the power went before it.
  if (random() < 0.5) disk.operations.splice(left);
  return { disk, testimonies: session.testimonies };
}

/** What was promised when so many operations were done, on top of what was before. */
class Memory {
  #next = 0;
  readonly promises: Promises;

  constructor(
    before: Promises,
    private readonly testimonies: readonly Testimony[],
  ) {
    this.promises = before.clone();
  }

  recallUntil(after: number): number {
    for (let next = this.testimonies[this.#next]; next !== undefined; next = this.testimonies[this.#next]) {
      if (next.after > after) break;
      next.tell(this.promises);
      this.#next++;
    }
    return this.#next;
  }
}

/** Opens what the power cut left, twice, and appends in between. */
async function assertRecovered(content: DiskContent, promises: Promises, context: string): Promise<void> {
  const disk = new MemoryDisk({ content });
  const spool = await openLabSpool(disk);
  await promises.assertKeptBy(spool, context);
  const after = promises.clone();
  await after.adopt(spool);
  const next = { id: spool.lastSeq + 1, line: 'after the power cut' };
  after.offer([next]);
  await spool.append([next]);
  after.accepted.add(next.id);
  await spool.close();
  const again = await openLabSpool(disk);
  await after.assertKeptBy(again, `${context}, opened again`);
  assert.equal(again.lastSeq, next.id, context);
  await again.close();
}

class Lab {
  readonly seen = new Set<string>();
  readonly #tried = new Set<string>();
  operations = 0;
  /** Ids that made room. */
  dropped = 0;

  constructor(private readonly random: () => number) {}

  /** Tries every state that a power cut during this life may leave; some of them for a life after it. */
  async examine({ disk, testimonies }: Life, before: Promises, randomPerPoint: number, name: string) {
    const memory = new Memory(before, testimonies);
    let kept: { readonly state: CrashState; readonly promises: Promises } | undefined;
    let count = 0;
    for (const state of crashStates(disk, this.random, randomPerPoint)) {
      const told = memory.recallUntil(state.after);
      const print = fingerprint(state.content);
      this.seen.add(print);
      const key = `${name} ${told} ${print}`;
      if (this.#tried.has(key)) continue;
      this.#tried.add(key);
      await assertRecovered(
        state.content,
        memory.promises,
        `${name}, power cut after ${state.after} operations`,
      );
      count++;
      if (this.random() < 1 / count) kept = { state, promises: memory.promises.clone() };
    }
    this.operations += disk.operations.length;
    assert.ok(kept);
    return kept;
  }
}

async function examineLives(
  options: LifeOptions & { readonly seed: number; readonly lives: number; readonly generations: number },
) {
  const random = seeded(SEED + options.seed);
  const lab = new Lab(random);
  for (let i = 1; i <= options.lives; i++) {
    let content: DiskContent = new Map();
    let promises = new Promises();
    for (let generation = 1; generation <= options.generations; generation++) {
      const life = await live(random, { ...options, content });
      const { state, promises: then } = await lab.examine(
        life,
        promises,
        sized(3, 8),
        `life ${i}.${generation}`,
      );
      // The next one begins where the power cut left off, and with what it found there.
      const disk = new MemoryDisk({ content: state.content });
      const spool = await openLabSpool(disk, options.spool);
      const { queue_full = 0, disk_full = 0 } = spool.status().dropped;
      lab.dropped = Math.max(lab.dropped, queue_full + disk_full);
      await then.adopt(spool);
      await spool.close();
      content = disk.content;
      promises = then;
    }
  }
  diagnostic(
    `${lab.seen.size} states after ${lab.operations} operations; ${lab.dropped} records made room in one life at most`,
  );
  return { states: lab.seen.size, dropped: lab.dropped };
}

test('recovers everything that was synced from every state that a power cut leaves', async () => {
  const { states } = await examineLives({ seed: 1, lives: sized(4, 24), generations: 3, steps: 14 });
  assert.ok(states >= sized(2_000, 10_000), `only ${states} different states`);
});

test('keeps its word through power cuts while the oldest make room', async () => {
  const spool = { maxBytes: 3 * 1024, segmentBytes: 512 };
  const { dropped } = await examineLives({
    seed: 2,
    lives: sized(2, 8),
    generations: 2,
    steps: 30,
    spool,
  });
  assert.ok(dropped > 0, 'nothing made room');
});

test('keeps its word through power cuts on a disk whose syncs fail now and then', async () => {
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
  await examineLives({ seed: 4, lives: sized(2, 8), generations: 2, steps: 14, disturb });
  diagnostic(`${failed} syncs failed`);
  assert.ok(failed > 0);
});

test('keeps its word through power cuts on a disk that is full now and then', async () => {
  const random = seeded(SEED + 5);
  const disturb = (disk: MemoryDisk) => {
    disk.capacityBytes = random() < 0.4 ? disk.usedBytes + Math.floor(random() * 300) : Infinity;
  };
  const { dropped } = await examineLives({
    seed: 6,
    lives: sized(2, 8),
    generations: 2,
    steps: 20,
    disturb,
  });
  assert.ok(dropped > 0, 'nothing made room');
});

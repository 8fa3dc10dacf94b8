/** Whatever happens to a machine: valid events, numbered without a gap, and seconds and figures that add up exactly. */
import assert from 'node:assert/strict';
import { ActivityTracker, memorySpool } from '@kinetrack/agent';
import type { Sample } from '@kinetrack/schema';
import fc from 'fast-check';
import { FakeSink } from '../support/agent/fake-sink.ts';
import { FakeMachine } from '../support/agent/fake-sources.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { TestRuntime } from '../support/time/test-runtime.ts';

const duration = fc.integer({ min: 0, max: 90_000 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: duration }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('type' as const),
      agoMs: fc.integer({ min: 0, max: 600 }),
      keys: fc.nat(20),
      clicks: fc.nat(5),
      scrolls: fc.nat(5),
      distancePx: fc.nat(5000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('show' as const),
      agoMs: fc.integer({ min: 0, max: 600 }),
      app: fc.oneof(fc.constantFrom('Code', 'firefox'), fc.string({ unit: 'binary', maxLength: 700 })),
      title: fc.oneof(fc.constantFrom('a', 'b - YouTube'), fc.string({ unit: 'binary', maxLength: 700 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('sleep' as const),
      ms: fc.integer({ min: 2100, max: 90_000_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('stall' as const),
      ms: fc.integer({ min: 10_100, max: 9_000_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('set clock back' as const),
      ms: fc.integer({ min: 2100, max: 90_000_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('move' as const), offset: fc.integer({ min: -840, max: 840 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Figure = 'keys' | 'clicks' | 'scrolls' | 'distance_px';

/** A model of the same machine in simple arithmetic: activity as whole seconds and figures. */
class Ledger {
  seconds = 0;
  readonly figures: Record<Figure, number> = { keys: 0, clicks: 0, scrolls: 0, distance_px: 0 };
  #open: { readonly wallMs: number; readonly atMs: number; figures: Record<Figure, number> } | null = null;

  begin(runtime: TestRuntime): void {
    const figures = { keys: 0, clicks: 0, scrolls: 0, distance_px: 0 };
    this.#open = { wallMs: runtime.now(), atMs: runtime.monotonic(), figures };
  }

  add(atMs: number, figures: Record<Figure, number>): void {
    if (this.#open === null || atMs < this.#open.atMs) return;
    for (const name of Object.keys(figures) as Figure[]) this.#open.figures[name] += figures[name];
  }

  end(runtime: TestRuntime): void {
    if (this.#open === null) return;
    const seconds = Math.floor(runtime.now() / 1000) - Math.floor(this.#open.wallMs / 1000);
    this.seconds += seconds;
    if (seconds > 0) {
      for (const name of Object.keys(this.figures) as Figure[])
        this.figures[name] += this.#open.figures[name];
    }
    this.#open = null;
  }
}

async function live(steps: readonly Step[], dataDir: string) {
  const runtime = new TestRuntime();
  const machine = new FakeMachine(runtime);
  const sink = new FakeSink();
  const ledger = new Ledger();
  const tracker = new ActivityTracker({
    runtime,
    sink,
    dataDir,
    spool: memorySpool(),
    sources: machine.factories,
  });
  const gap = (jump: () => void) => {
    // A last sign of life, so that it is known to the millisecond when the gap began, and one when it is over.
    machine.type({});
    const isObserving = tracker.status().state === 'running';
    ledger.end(runtime);
    jump();
    machine.type({});
    if (isObserving) ledger.begin(runtime);
  };
  await tracker.start();
  ledger.begin(runtime);
  for (const each of steps) {
    switch (each.do) {
      case 'wait':
        await runtime.advance(each.ms);
        break;
      case 'type': {
        machine.type(each, each.agoMs);
        const { keys, clicks, scrolls, distancePx: distance_px } = each;
        ledger.add(runtime.monotonic() - each.agoMs, { keys, clicks, scrolls, distance_px });
        break;
      }
      case 'show':
        machine.show(each.app, each.title, each.agoMs);
        break;
      case 'pause':
        await tracker.pause();
        ledger.end(runtime);
        break;
      case 'resume':
        if (tracker.status().state === 'running') break;
        await tracker.resume();
        ledger.begin(runtime);
        break;
      case 'sleep':
        gap(() => runtime.sleep(each.ms));
        break;
      case 'stall':
        gap(() => runtime.stall(each.ms));
        break;
      case 'set clock back':
        gap(() => runtime.shiftWallClock(-each.ms));
        break;
      case 'move':
        // Seen with the next tick; whole seconds before and after, so that the ledger needs no second division.
        await runtime.advance(1500);
        runtime.moveTo(`Zone/${each.offset}`, each.offset);
        await runtime.advance(2500);
        break;
    }
  }
  await tracker.close();
  ledger.end(runtime);
  assert.equal(runtime.timers, 0);
  return { events: sink.events(), ledger, counts: tracker.status().counts };
}

const sum = (figures: readonly number[] | null) => (figures ?? []).reduce((a, b) => a + b, 0);

test('accounts for every second and every figure exactly once, in valid events without a gap', async () => {
  const dataDir = await tempDir();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      // events() throws for whatever parseEvent refuses.
      const { events, ledger, counts } = await live(steps, dataDir);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_, i) => i + 1),
      );
      assert.deepEqual(counts, {
        captured: events.length,
        delivered: events.length,
        pending: 0,
        dropped: {},
      });

      const samples = events.filter((event): event is Sample => event.activity_type === 'sample');
      assert.equal(
        samples.reduce((total, { from_s, to_s }) => total + to_s - from_s, 0),
        ledger.seconds,
      );
      for (const name of ['keys', 'clicks', 'scrolls', 'distance_px'] as const) {
        assert.equal(
          samples.reduce((total, sample) => total + sum(sample[name]), 0),
          ledger.figures[name],
          name,
        );
      }
      if (!steps.some((each) => each.do === 'set clock back')) assertApart(samples);
    }),
    { numRuns: 60 },
  );
});

/** While the clock is not set back, no second is reported twice. */
function assertApart(samples: readonly Sample[]): void {
  let endMs = 0;
  for (const { ts, from_s, to_s } of samples) {
    assert.ok(Date.parse(ts) >= endMs, `${ts} was reported before`);
    endMs = Date.parse(ts) + (to_s - from_s) * 1000;
  }
}

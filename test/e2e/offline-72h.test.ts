/**
 * Three days without a network, then one shard. Fake is the time alone, and with it AWS's side of the wire: the queue
 * lies on a real disk, the Kinesis sink packs, signs and serializes its real requests.
 */
import assert from 'node:assert/strict';
import { kinesisSink } from '@kinetrack/agent';
import { type Detail, parseEventLine } from '@kinetrack/schema';
import { diagnostic } from '../runner/running-test.ts';
import { HOUR_MS } from '../support/agent/simulated-days.ts';
import { simulatedSession } from '../support/agent/simulated-session.ts';
import { SHARD_BYTES, SHARD_RECORDS, SimulatedShard } from '../support/aws/simulated-shard.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { sized } from '../support/sizes.ts';

const OFFLINE_HOURS = sized(3, 72);
const MINUTE_MS = 60_000;
const DRAIN_LIMIT_MS = 10 * MINUTE_MS;
const LIVE_LIMIT_MS = MINUTE_MS;
/** Live events are watched for so long from the moment at which the network is back. */
const LIVE_FOR_MS = 10 * MINUTE_MS;
/** How finely time passes while the shard counts its seconds. */
const STEP_MS = 100;

for (const detail of ['counts', 'events'] as const) {
  test(`delivers ${OFFLINE_HOURS} h offline of detail ${detail} within 10 min of one shard, live events within 60 s`, () =>
    outage(detail));
}

async function outage(detail: Detail): Promise<void> {
  let shard: SimulatedShard | undefined;
  const session = await simulatedSession({
    dataDir: await tempDir(),
    detail,
    sink: (runtime) => {
      shard = new SimulatedShard(runtime);
      return kinesisSink({ streamName: 'activity', client: shard.client });
    },
    parked: () => shard?.parked ?? 0,
  });
  assert.ok(shard);
  const { tracker, spool, days, runtime, accepted } = session;

  await days.run(OFFLINE_HOURS * HOUR_MS, MINUTE_MS);
  const offline = tracker.status();
  assert.equal(shard.arrivals.length, 0);
  assert.deepEqual(offline.counts.dropped, {});
  assert.equal(offline.counts.delivered, 0);
  assert.equal(offline.counts.pending, accepted.length);
  const backlog = accepted.length;
  const backlogBytes = spool.status().pendingBytes;

  shard.isOnline = true;
  const onlineMs = runtime.monotonic();
  const arrived = new Arrivals(shard);
  while (arrived.upTo(backlog) < backlog) {
    await days.step(STEP_MS);
    assert.ok(
      runtime.monotonic() - onlineMs <= DRAIN_LIMIT_MS,
      `${arrived.upTo(backlog)} of ${backlog} were delivered within 10 min`,
    );
  }
  const drainedMs = runtime.monotonic() - onlineMs;
  const liveFor = Math.max(0, LIVE_FOR_MS - drainedMs);
  await days.run(liveFor - (liveFor % STEP_MS), STEP_MS);
  const live = accepted.filter(({ atMs }) => atMs > onlineMs);
  assert.deepEqual(await session.until(tracker.close()), { status: 'delivered' });

  const { counts } = tracker.status();
  assert.deepEqual(counts, {
    captured: accepted.length,
    delivered: accepted.length,
    pending: 0,
    dropped: {},
  });
  const seqs = accepted.map(({ event }) => event.seq);
  assert.deepEqual(
    seqs,
    Array.from(accepted, (_, index) => index + 1),
  );
  assert.equal(arrived.upTo(accepted.length), accepted.length);
  assert.equal(arrived.copies, accepted.length, 'no answer was lost: nothing had to be sent twice');

  const delays = live.map(({ event, atMs }) => arrived.atMs(event.seq) - atMs);
  const p95 = percentile(delays, 0.95);
  const { busiestSecond } = shard;
  diagnostic(
    `${backlog} events, ${(backlogBytes / 2 ** 20).toFixed(1)} MiB in ${OFFLINE_HOURS} h; drained in ` +
      `${(drainedMs / 1000).toFixed(0)} s; ${live.length} live events in the first 10 min, p95 ${(p95 / 1000).toFixed(1)} s, ` +
      `slowest ${(Math.max(...delays) / 1000).toFixed(1)} s; busiest second ${(busiestSecond.bytes / 1024).toFixed(0)} KiB, ` +
      `${busiestSecond.records} records; ${shard.throttled} throttled`,
  );
  assert.ok(live.length > 0);
  assert.ok(p95 < LIVE_LIMIT_MS, `live events took ${p95} ms`);
  assert.ok(busiestSecond.bytes <= SHARD_BYTES && busiestSecond.records <= SHARD_RECORDS);
  assert.equal(shard.throttled, 0, 'a backlog is sent below what the shard takes');
}

/** What has arrived in the shard so far, by seq. */
class Arrivals {
  readonly #shard: SimulatedShard;
  readonly #atMs = new Map<number, number>();
  #seen = 0;
  #limit = 0;
  #belowLimit = 0;
  copies = 0;

  constructor(shard: SimulatedShard) {
    this.#shard = shard;
  }

  /** How many different ones of 1..limit. */
  upTo(limit: number): number {
    this.#read(limit);
    return this.#belowLimit;
  }

  /** When it came first. */
  atMs(seq: number): number {
    return this.#atMs.get(seq) ?? Number.POSITIVE_INFINITY;
  }

  #read(limit: number): void {
    for (const { atMs, lines } of this.#shard.arrivals.slice(this.#seen)) {
      for (const line of lines) {
        const event = parseEventLine(line);
        assert.ok(event.ok, line);
        const { seq } = event.value;
        this.copies += 1;
        if (this.#atMs.has(seq)) continue;
        this.#atMs.set(seq, atMs);
        if (seq <= this.#limit) this.#belowLimit += 1;
      }
    }
    this.#seen = this.#shard.arrivals.length;
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#belowLimit = [...this.#atMs.keys()].filter((seq) => seq <= limit).length;
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}

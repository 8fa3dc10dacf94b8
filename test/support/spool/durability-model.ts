/** The guarantees of a spool so far, checked after a crash: the invariants of spool.ts. */
import assert from 'node:assert/strict';
import type { IdRange } from '../../../agent/src/spool/id-ranges.ts';
import type { Loss, Spool, SpoolRecord } from '../../../agent/src/spool/spool.ts';

/** Reasons for which a spool drops the oldest records on its own. */
export const OWN_REASONS: readonly string[] = ['queue_full', 'disk_full'];
const everything = { maxRecords: 1_000_000, maxBytes: 1e12 };

export class DurabilityModel {
  /** Lines passed to append(), accepted or not. A refused id may return with another line. */
  readonly offered = new Map<number, Set<string>>();
  /** append() has returned. */
  readonly accepted = new Set<number>();
  /** ack() was called; ack() has returned. */
  readonly acking = new Set<number>();
  readonly acked = new Set<number>();
  /** drop() or skip() was called: the record may be lost. */
  readonly givingUp = new Set<number>();
  /** Listed by losses(), or drop() or skip() has returned. */
  readonly lost = new Set<number>();
  /** lossesReported() was called; it has returned. */
  readonly reporting = new Set<number>();
  readonly reported = new Set<number>();

  offer(records: readonly SpoolRecord[]): void {
    for (const { id, line } of records) {
      const lines = this.offered.get(id) ?? new Set();
      this.offered.set(id, lines.add(line));
    }
  }

  clone(): DurabilityModel {
    const copy = new DurabilityModel();
    for (const [id, lines] of this.offered) copy.offered.set(id, new Set(lines));
    for (const name of SETS) for (const id of this[name]) copy[name].add(id);
    return copy;
  }

  /** Asserts that a newly opened spool keeps all guarantees. */
  async assertKeptBy(spool: Spool, context: string): Promise<void> {
    const records = await spool.read(everything);
    const pending = new Set(records.map(({ id }) => id));
    assert.equal(pending.size, records.length, `${context}: a record is pending twice`);
    const status = spool.status();
    assert.equal(status.pendingRecords, records.length, `${context}: pending`);
    assertLedger(spool, context);

    for (const { id, line } of records) {
      assert.ok(
        this.offered.get(id)?.has(line),
        `${context}: record ${id} was never appended with this line`,
      );
      assert.ok(!this.acked.has(id), `${context}: ${id} is pending although it was acknowledged`);
      assert.ok(!this.lost.has(id), `${context}: ${id} is pending although it was listed as lost`);
    }
    const lost = idsOfLosses(spool.losses());
    const gone = [...this.accepted].filter((id) => !pending.has(id) && !this.acking.has(id));
    const unaccounted = gone.filter((id) => !lost.has(id) && !this.reporting.has(id));
    assert.deepEqual(unaccounted, [], `${context}: accepted, but neither pending nor listed as lost`);
    this.#assertLossesAllowed(spool, Math.min(...pending), context);

    const unlisted = [...this.lost].filter((id) => !lost.has(id) && !this.reporting.has(id));
    assert.deepEqual(unlisted, [], `${context}: losses that are no longer listed`);
    const listedAgain = [...this.reported].filter((id) => lost.has(id));
    assert.deepEqual(listedAgain, [], `${context}: losses listed after they were reported`);
    this.#assertCounts(spool, lost, context);
  }

  /** The content of a newly opened spool is guaranteed from now on. */
  async adopt(spool: Spool): Promise<void> {
    const pending = new Set((await spool.read(everything)).map(({ id }) => id));
    const lost = idsOfLosses(spool.losses());
    // A call that had not returned when the process ended has either taken effect or never will.
    for (const id of this.acking) {
      if (pending.has(id) || lost.has(id)) this.acking.delete(id);
      else this.acked.add(id);
    }
    for (const id of this.reporting) {
      if (pending.has(id) || lost.has(id)) this.reporting.delete(id);
      else this.reported.add(id);
    }
    for (const id of pending) {
      this.accepted.add(id);
      this.givingUp.delete(id);
    }
    for (const id of lost) this.lost.add(id);
  }

  /** An accepted record is lost only if it was given up or was the oldest when the spool made room. */
  #assertLossesAllowed(spool: Spool, oldestPending: number, context: string): void {
    for (const { reason, ranges } of spool.losses()) {
      for (const id of idsIn(ranges)) {
        assert.ok(!this.acked.has(id), `${context}: ${id} was acknowledged and is also lost`);
        if (!this.accepted.has(id) || this.givingUp.has(id) || this.lost.has(id)) continue;
        assert.ok(OWN_REASONS.includes(reason), `${context}: ${id} was accepted and is lost: ${reason}`);
        assert.ok(id < oldestPending, `${context}: ${id} was dropped before the older ${oldestPending}`);
      }
    }
  }

  #assertCounts(spool: Spool, lost: ReadonlySet<number>, context: string): void {
    const { delivered, dropped } = spool.status();
    const inFlight = [...this.acking].filter((id) => !this.acked.has(id));
    const most = [...this.acking].filter((id) => !lost.has(id)).length;
    assert.ok(
      delivered >= most - inFlight.length,
      `${context}: ${delivered} delivered, ${this.acked.size} acked`,
    );
    assert.ok(delivered <= most, `${context}: ${delivered} delivered, ${most} acked at most`);
    const total = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    const known = new Set([...lost, ...this.reported]);
    assert.ok(total >= known.size, `${context}: ${total} dropped, but ${known.size} listed as lost`);
    for (const id of this.reporting) known.add(id);
    assert.ok(total <= known.size, `${context}: ${total} dropped, but only ${known.size} listed as lost`);

    const given = Math.max(0, ...this.accepted, ...this.lost);
    assert.ok(spool.lastSeq >= given, `${context}: last seq ${spool.lastSeq}, but ${given} was used`);
    const highest = Math.max(0, ...this.offered.keys(), ...this.givingUp);
    assert.ok(
      spool.lastSeq <= highest,
      `${context}: last seq ${spool.lastSeq}, but only ${highest} was requested`,
    );
  }
}

const SETS = ['accepted', 'acking', 'acked', 'givingUp', 'lost', 'reporting', 'reported'] as const;

/** captured = delivered + pending + dropped by reason, exactly, and no figure is negative. */
export function assertLedger(spool: Pick<Spool, 'status' | 'lastSeq'>, context: string): void {
  const { delivered, pendingRecords, dropped } = spool.status();
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  assert.equal(delivered + pendingRecords + lost, spool.lastSeq, `${context}: the ledger`);
  assert.ok(delivered >= 0, `${context}: ${delivered} delivered`);
}

export function idsOfLosses(losses: readonly Loss[]): ReadonlySet<number> {
  const ids = new Set<number>();
  for (const { ranges } of losses) for (const id of idsIn(ranges)) ids.add(id);
  return ids;
}

export function* idsIn(ranges: readonly IdRange[]): Generator<number> {
  for (const [from, to] of ranges) for (let id = from; id <= to; id++) yield id;
}

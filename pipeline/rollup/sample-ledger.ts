/**
 * The distinct samples of one hour, by person, device and seq. Order and number of copies do not
 * matter. The key includes the person: if a device sends a seq again for another person, both keep the
 * sample, so a slice gives the same rows as the whole hour. Memory depends on the samples of the hour,
 * not on copies or other lines.
 */
import { getOrCreate } from '../lake/get-or-create.ts';
import { compareText } from '../lake/row-order.ts';
import { PackedParts } from './packed-parts.ts';
import type { SamplePart } from './sample-part.ts';

type Parts = readonly [SamplePart, ...SamplePart[]];

export class SampleLedger {
  readonly #parts = new PackedParts();
  /** Index of each sample, by person, device and seq. */
  readonly #people = new Map<string, Map<string, Map<number, number>>>();
  #duplicates = 0;
  #size = 0;

  add(part: SamplePart): void {
    const devices = getOrCreate(this.#people, part.userId, () => new Map<string, Map<number, number>>());
    const bySeq = getOrCreate(devices, part.deviceId, () => new Map<number, number>());
    const known = bySeq.get(part.seq);
    if (known === undefined) {
      bySeq.set(part.seq, this.#parts.add(part));
      this.#size += 1;
      return;
    }
    this.#duplicates += 1;
    // Copies are equal. If a broken device reused a seq, the choice must not depend on the read order.
    if (JSON.stringify(part) < JSON.stringify(this.#parts.at(known)))
      bySeq.set(part.seq, this.#parts.add(part));
  }

  get size(): number {
    return this.#size;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  /** By person and minute, ascending: the parts of each device, by seq. */
  *minutes(): Generator<readonly Parts[]> {
    for (const user of [...this.#people.keys()].sort(compareText)) {
      const indexes = this.#indexesOf(user);
      // Sorting is stable: the order by device and seq stays within a minute.
      indexes.sort((a, b) => compareText(this.#parts.minuteAt(a), this.#parts.minuteAt(b)));
      yield* this.#minutesOf(indexes);
    }
  }

  /** Indexes of the samples of a person, by device and seq. */
  #indexesOf(user: string): number[] {
    const devices = [...(this.#people.get(user) ?? [])].sort(([a], [b]) => compareText(a, b));
    return devices.flatMap(([, bySeq]) =>
      [...bySeq.values()].sort((a, b) => this.#parts.seqAt(a) - this.#parts.seqAt(b)),
    );
  }

  *#minutesOf(indexes: readonly number[]): Generator<readonly Parts[]> {
    let devices: [SamplePart, ...SamplePart[]][] = [];
    let last: SamplePart | undefined;
    for (const index of indexes) {
      const part = this.#parts.at(index);
      if (last !== undefined && last.minute !== part.minute) {
        yield devices;
        devices = [];
      }
      const device = devices.at(-1);
      if (device !== undefined && last?.deviceId === part.deviceId) device.push(part);
      else devices.push([part]);
      last = part;
    }
    yield devices;
  }
}

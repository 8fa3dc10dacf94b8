/**
 * The samples of one hour, each once: by person, device and seq, whatever the order and number of its copies. A copy
 * names the same person; what a device sends again under another one is theirs as well, so that people are accounted
 * for each on their own, and a slice of them gives what the whole hour gives.
 * Memory is bounded by the people of the hour; copies and other bytes leave nothing behind.
 */
import { getOrCreate } from '../lake/get-or-create.ts';
import { compareText } from '../lake/row-order.ts';
import { PackedParts } from './packed-parts.ts';
import type { SamplePart } from './sample-part.ts';

type Parts = readonly [SamplePart, ...SamplePart[]];

export class SampleLedger {
  readonly #parts = new PackedParts();
  /** The place of each sample, by person, device and seq. */
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
    // Copies are alike. If a broken device used a number twice, the choice must not depend on the order of reading.
    if (JSON.stringify(part) < JSON.stringify(this.#parts.at(known)))
      bySeq.set(part.seq, this.#parts.add(part));
  }

  get size(): number {
    return this.#size;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  /** Person by person and minute by minute, ascending: the parts of each device in that minute, by seq. */
  *minutes(): Generator<readonly Parts[]> {
    for (const user of [...this.#people.keys()].sort(compareText)) {
      const places = this.#placesOf(user);
      // Sorting is stable: within a minute they stay by device and seq.
      places.sort((a, b) => compareText(this.#parts.minuteAt(a), this.#parts.minuteAt(b)));
      yield* this.#minutesOf(places);
    }
  }

  /** By device and seq. */
  #placesOf(user: string): number[] {
    const devices = [...(this.#people.get(user) ?? [])].sort(([a], [b]) => compareText(a, b));
    return devices.flatMap(([, bySeq]) =>
      [...bySeq.values()].sort((a, b) => this.#parts.seqAt(a) - this.#parts.seqAt(b)),
    );
  }

  *#minutesOf(places: readonly number[]): Generator<readonly Parts[]> {
    let devices: [SamplePart, ...SamplePart[]][] = [];
    let last: SamplePart | undefined;
    for (const place of places) {
      const part = this.#parts.at(place);
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

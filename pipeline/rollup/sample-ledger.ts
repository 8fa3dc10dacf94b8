/**
 * The samples of one hour, each once: by device and seq, whatever the order and number of its copies.
 * Memory is bounded by the people of the hour; copies and other bytes leave nothing behind.
 */
import { compareText } from './minute-rows.ts';
import { PackedParts } from './packed-parts.ts';
import type { SamplePart } from './sample-part.ts';

type Parts = readonly [SamplePart, ...SamplePart[]];

export class SampleLedger {
  readonly #parts = new PackedParts();
  /** The place of each sample, by device and seq. */
  readonly #devices = new Map<string, Map<number, number>>();
  #duplicates = 0;
  #size = 0;

  add(part: SamplePart): void {
    let bySeq = this.#devices.get(part.deviceId);
    if (bySeq === undefined) {
      bySeq = new Map();
      this.#devices.set(part.deviceId, bySeq);
    }
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
    const people = this.#placesByPerson();
    for (const user of [...people.keys()].sort(compareText)) {
      const places = people.get(user) ?? [];
      // Sorting is stable: within a minute they stay by device and seq.
      places.sort((a, b) => compareText(this.#parts.minuteAt(a), this.#parts.minuteAt(b)));
      yield* this.#minutesOf(places);
    }
  }

  /** Each person's by device and seq. */
  #placesByPerson(): Map<string, number[]> {
    const people = new Map<string, number[]>();
    for (const device of [...this.#devices.keys()].sort(compareText)) {
      const places = [...(this.#devices.get(device)?.values() ?? [])];
      places.sort((a, b) => this.#parts.seqAt(a) - this.#parts.seqAt(b));
      for (const place of places) {
        const user = this.#parts.userAt(place);
        const known = people.get(user);
        if (known === undefined) people.set(user, [place]);
        else known.push(place);
      }
    }
    return people;
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

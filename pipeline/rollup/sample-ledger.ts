/**
 * The samples of one hour, each once: by device and seq, whatever the order and number of its copies.
 * Memory is bounded by the people of the hour; copies and other bytes leave nothing behind.
 */
import { compareText } from './minute-rows.ts';
import type { SamplePart } from './sample-part.ts';

export class SampleLedger {
  readonly #devices = new Map<string, Map<number, SamplePart>>();
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
      bySeq.set(part.seq, part);
      this.#size += 1;
      return;
    }
    this.#duplicates += 1;
    // Copies are alike. If a broken device used a number twice, the choice must not depend on the order of reading.
    if (JSON.stringify(part) < JSON.stringify(known)) bySeq.set(part.seq, part);
  }

  get size(): number {
    return this.#size;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  /** Person by person and minute by minute, ascending: the parts of each device in that minute, by seq. */
  *minutes(): Generator<readonly (readonly [SamplePart, ...SamplePart[]])[]> {
    const parts = [...this.#devices.values()].flatMap((bySeq) => [...bySeq.values()]).sort(compareParts);
    let devices: [SamplePart, ...SamplePart[]][] = [];
    let last: SamplePart | undefined;
    for (const part of parts) {
      const sameMinute = last?.userId === part.userId && last.minute === part.minute;
      if (!sameMinute && devices.length > 0) {
        yield devices;
        devices = [];
      }
      const device = devices.at(-1);
      if (sameMinute && device !== undefined && last?.deviceId === part.deviceId) device.push(part);
      else devices.push([part]);
      last = part;
    }
    if (devices.length > 0) yield devices;
  }
}

const compareParts = (a: SamplePart, b: SamplePart): number =>
  compareText(a.userId, b.userId) ||
  compareText(a.minute, b.minute) ||
  compareText(a.deviceId, b.deviceId) ||
  a.seq - b.seq;

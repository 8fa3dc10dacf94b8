/** The person's time zone at a moment: the one before stays known, for events that are about the time before a change. */
import type { Runtime } from '../runtime.ts';

export interface Zone {
  readonly time_zone: string;
  readonly utc_offset_min: number;
}

export class ZoneHistory {
  readonly #runtime: Runtime;
  #current: Zone;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #previous: Zone;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#current = this.#read();
    this.#previous = this.#current;
  }

  at(epochMs: number): Zone {
    return epochMs < this.#sinceMs ? this.#previous : this.#current;
  }

  /** The zone before, where zone or offset have changed since the last look. */
  check(): Zone | null {
    const zone = this.#read();
    const { time_zone, utc_offset_min } = this.#current;
    if (zone.time_zone === time_zone && zone.utc_offset_min === utc_offset_min) return null;
    this.#previous = this.#current;
    this.#current = zone;
    // Samples begin at whole seconds.
    this.#sinceMs = Math.floor(this.#runtime.now() / 1000) * 1000;
    return this.#previous;
  }

  #read(): Zone {
    return {
      time_zone: this.#runtime.timeZone(),
      utc_offset_min: this.#runtime.utcOffsetMin(this.#runtime.now()),
    };
  }
}

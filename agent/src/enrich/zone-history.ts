/** The time zone at a given time. The previous zone is kept, for events from before a change. */
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

  /** The previous zone, if the zone or its offset has changed since the last call. */
  check(): Zone | null {
    const zone = this.#read();
    const { time_zone, utc_offset_min } = this.#current;
    if (zone.time_zone === time_zone && zone.utc_offset_min === utc_offset_min) return null;
    this.#previous = this.#current;
    this.#current = zone;
    // Samples start at whole seconds.
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

/** Minutes on people's own clocks; an hour has sixty of them and few offsets, so each is worked out once. */
import { localDateHour } from '@kinetrack/schema';

export interface LocalMinute {
  /** Its start, UTC, as `2026-11-20T09:10:00.000Z`. */
  readonly start: string;
  /** The person's own date and hour. */
  readonly date: string;
  readonly hour: number;
}

export class LocalClock {
  readonly #minutes = new Map<string, Map<number, LocalMinute>>();

  /** `minute` as `2026-11-20T09:10`. */
  at(minute: string, utcOffsetMin: number): LocalMinute {
    let byOffset = this.#minutes.get(minute);
    if (byOffset === undefined) {
      byOffset = new Map();
      this.#minutes.set(minute, byOffset);
    }
    let local = byOffset.get(utcOffsetMin);
    if (local === undefined) {
      const start = `${minute}:00.000Z`;
      local = { start, ...localDateHour(Date.parse(start), utcOffsetMin) };
      byOffset.set(utcOffsetMin, local);
    }
    return local;
  }
}

/** A SummaryStore over minute rows in memory; hours are added up from them. */
import type { HourRow, MinuteRow } from '@kinetrack/schema';
import type { SummaryStore } from '../../../pipeline/lake/ports.ts';

export class MemorySummaryStore implements SummaryStore {
  #rows: readonly MinuteRow[] = [];

  constructor(rows: readonly MinuteRow[] = []) {
    this.add(rows);
  }

  add(rows: readonly MinuteRow[]): void {
    this.#rows = [...this.#rows, ...rows].sort((a, b) => compare(a.minute, b.minute));
  }

  users(): Promise<readonly string[]> {
    return Promise.resolve([...new Set(this.#rows.map((row) => row.user_id))].sort(compare));
  }

  span(userId: string): Promise<{ readonly first: string; readonly last: string } | undefined> {
    const dates = this.#of(userId)
      .map((row) => row.local_date)
      .sort(compare);
    const first = dates[0];
    const last = dates.at(-1);
    return Promise.resolve(first === undefined || last === undefined ? undefined : { first, last });
  }

  hours(userId: string, fromDate: string, toDate: string): Promise<readonly HourRow[]> {
    const hours = new Map<string, HourRow>();
    for (const row of this.#of(userId)) {
      if (row.local_date < fromDate || row.local_date > toDate) continue;
      const { user_id, local_date, local_hour, app, site, state } = row;
      const key = JSON.stringify([local_date, String(local_hour).padStart(2, '0'), app, site, state]);
      const hour = hours.get(key) ?? {
        ...{ user_id, local_date, local_hour, app, site, state },
        ...{ seconds: 0, keys: 0, clicks: 0, scrolls: 0, distance_px: 0 },
      };
      hour.seconds += row.seconds;
      hour.keys += row.keys;
      hour.clicks += row.clicks;
      hour.scrolls += row.scrolls;
      hour.distance_px += row.distance_px;
      hours.set(key, hour);
    }
    return Promise.resolve([...hours].sort(([a], [b]) => compare(a, b)).map(([, hour]) => hour));
  }

  minutes(userId: string, date: string): Promise<readonly MinuteRow[]> {
    return Promise.resolve(this.#of(userId).filter((row) => row.local_date === date));
  }

  async lastMinute(userId: string, date: string): Promise<MinuteRow | undefined> {
    return (await this.minutes(userId, date)).at(-1);
  }

  minute(userId: string, minute: string): Promise<readonly MinuteRow[]> {
    return Promise.resolve(this.#of(userId).filter((row) => row.minute === minute));
  }

  #of(userId: string): MinuteRow[] {
    return this.#rows.filter((row) => row.user_id === userId);
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

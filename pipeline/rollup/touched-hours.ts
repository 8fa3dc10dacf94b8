/** Which hours new objects touch: what has to be recomputed. */
import { startOfUtcHourMs, type UtcHour } from '@kinetrack/schema';

const SAMPLE_KEY = /^raw\/activity_type=sample\/dt=(\d{4}-\d\d-\d\d)\/hour=([01]\d|2[0-3])\/[^/]+\.json\.gz$/;

/** The UTC hours, each once and ascending, of those keys that hold samples; other keys touch nothing. */
export function touchedHours(keys: Iterable<string>): readonly UtcHour[] {
  const hours = new Map<string, UtcHour>();
  for (const key of keys) {
    const [, dt, hour] = SAMPLE_KEY.exec(key) ?? [];
    if (dt !== undefined && hour !== undefined) hours.set(`${dt} ${hour}`, { dt, hour });
  }
  return [...hours.values()].sort((a, b) => startOfUtcHourMs(a) - startOfUtcHourMs(b));
}

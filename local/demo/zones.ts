/** Local days of a time zone as UTC. */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** One date in one zone, with the offset that holds from the early morning on. */
export interface LocalDay {
  readonly date: string;
  readonly timeZone: string;
  readonly utcOffsetMin: number;
  /** What the clock's midnight would be in UTC with that offset; seconds of the day count from here. */
  readonly startMs: number;
}

/**
 * The zone's day. The offset is the one at noon: zones change theirs at night, while the people here
 * are awake from six in the morning on.
 */
export function localDay(date: string, timeZone: string): LocalDay {
  const noonAsUtc = Date.parse(`${date}T12:00:00.000Z`);
  const guess = utcOffsetMinOf(timeZone, noonAsUtc);
  const utcOffsetMin = utcOffsetMinOf(timeZone, noonAsUtc - guess * MINUTE_MS);
  return { date, timeZone, utcOffsetMin, startMs: noonAsUtc - DAY_MS / 2 - utcOffsetMin * MINUTE_MS };
}

/** Minutes that a zone's clock is ahead of UTC at a moment, by the engine's own time zone data. */
export function utcOffsetMinOf(timeZone: string, epochMs: number): number {
  const name =
    offsetFormat(timeZone)
      .formatToParts(epochMs)
      .find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  return format;
}

/** Formats numbers, durations and times. Clock times are in the shown person's time zone, not the browser's. */

const LOCALE = 'en-GB';
const numbers = new Intl.NumberFormat(LOCALE);
const dateFormat = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: 'UTC' });
const long = dateFormat({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const short = dateFormat({ weekday: 'short', day: 'numeric' });
const weekdayOnly = dateFormat({ weekday: 'long', day: 'numeric', month: 'long' });

/** `45 s`, `3 min 20 s`, `14 min`, `2 h 14 min`. No seconds from ten minutes on. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 600) return join(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  return join(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

const join = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;

export const formatNumber = (value: number): string => numbers.format(value);

/** Whole per cent. A part above zero is never 0 %, and an incomplete part is never 100 %. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '0 %';
  const share = (part / whole) * 100;
  if (share > 0 && share < 1) return 'under 1 %';
  if (share > 99 && share < 100) return '99 %';
  return `${Math.round(share)} %`;
}

/** `09:07` */
export const formatClock = (utc: string, offsetMin: number): string =>
  new Date(Date.parse(utc) + offsetMin * 60_000).toISOString().slice(11, 16);

/** Minutes since the person's midnight. Negative before the date, above 1440 after it. */
export const minuteOfDay = (utc: string, offsetMin: number, date: string): number =>
  (Date.parse(utc) - startOfDateMs(date, offsetMin)) / 60_000;

/** Inverse of minuteOfDay: the UTC start of the minute. */
export const utcOfMinute = (minute: number, offsetMin: number, date: string): string =>
  new Date(startOfDateMs(date, offsetMin) + Math.floor(minute) * 60_000).toISOString();

const startOfDateMs = (date: string, offsetMin: number): number => Date.parse(date) - offsetMin * 60_000;

export const formatLongDate = (date: string): string => long.format(Date.parse(date));
export const formatDayAndMonth = (date: string): string => weekdayOnly.format(Date.parse(date));
/** `Fri 20` */
export const formatShortDate = (date: string): string => short.format(Date.parse(date));

export const shiftDate = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);

/** Parsers of option values. */
import { calendarDate, utcTimestamp } from '@kinetrack/schema';
import { InvalidArgumentError } from 'commander';

/** A parser for `Option.argParser`: a whole number within bounds. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };

/** A UTC date or time in milliseconds: `2026-11-20`, `2026-11-20T09`, `2026-11-20T09:10Z`. */
export function moment(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?Z?)?$/.exec(text);
  const [, day, hour = '00', minute = '00', second = '00', milli = '000'] = match ?? [];
  const full = `${day}T${hour}:${minute}:${second}.${milli.padEnd(3, '0')}Z`;
  if (!match || !utcTimestamp.safeParse(full).success) {
    throw new InvalidArgumentError('Must be a UTC date or time, such as 2026-11-20 or 2026-11-20T09:00Z.');
  }
  return Date.parse(full);
}

/** A calendar date: `2026-11-20`. */
export function date(text: string): string {
  if (calendarDate.safeParse(text).success) return text;
  throw new InvalidArgumentError('Must be a date, such as 2026-11-20.');
}

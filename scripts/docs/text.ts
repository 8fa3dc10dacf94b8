/** Markdown helpers of the generated pages. */
import type { Column, Limits } from '@kinetrack/schema';
import { figure, glueType, rangeOf } from '@kinetrack/schema';

/** A Markdown table. Pipes in cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const code = (text: string): string => `\`${text}\``;

/** `50 to 60,000`, `1 or more`, `` `events`, `counts` ``, `1 to 128 characters`. */
export function range(limits: Limits | undefined): string {
  if (limits === undefined) return '';
  return limits.kind === 'choice' ? limits.choices.map(code).join(', ') : rangeOf(limits);
}

/** Appends the unit. */
export const withUnit = (text: string, unit: string | undefined): string =>
  unit === undefined || text === '' ? text : `${text} ${unit}`;

/** The default, such as `5 s` or `events`, or the behaviour without one. */
export function defaultOf(setting: {
  readonly default: string | number | undefined;
  readonly otherwise: string | undefined;
  readonly unit: string | undefined;
}): string {
  const { default: value, otherwise, unit } = setting;
  if (typeof value === 'string') return code(value);
  return value === undefined ? (otherwise ?? '') : withUnit(figure(value), unit);
}

/** The column type in Athena. */
export const typeOf = ({ type }: Column): string => code(glueType(type));

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/(^|_)ms$/, 'ms'],
  [/_s$|^seconds$/, 's'],
  [/_min$/, 'min'],
  [/_px$|^[xy]$/, 'px'],
  [/^bytes$|_bytes$/, 'bytes'],
];
/** The unit at the end of a name. */
export const unitOf = (name: string): string => UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? '';

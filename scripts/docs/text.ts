/** Small pieces of Markdown and of ranges that the generated pages share. */
import type { Column, Limits } from '@kinetrack/schema';
import { figure, glueType, rangeOf } from '@kinetrack/schema';

/** A table of Markdown; a pipe in a cell is escaped. */
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

/** With its unit. */
export const withUnit = (text: string, unit: string | undefined): string =>
  unit === undefined || text === '' ? text : `${text} ${unit}`;

/** `5 s`, `events`: a default, or what applies instead. */
export function defaultOf(setting: {
  readonly default: string | number | undefined;
  readonly otherwise: string | undefined;
  readonly unit: string | undefined;
}): string {
  const { default: value, otherwise, unit } = setting;
  if (typeof value === 'string') return code(value);
  return value === undefined ? (otherwise ?? '') : withUnit(figure(value), unit);
}

/** The type as Athena spells it. */
export const typeOf = ({ type }: Column): string => code(glueType(type));

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/(^|_)ms$/, 'ms'],
  [/_s$|^seconds$/, 's'],
  [/_min$/, 'min'],
  [/_px$|^[xy]$/, 'px'],
  [/^bytes$|_bytes$/, 'bytes'],
];
/** The unit that a name ends with. */
export const unitOf = (name: string): string => UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? '';

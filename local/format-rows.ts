/** Formats the result of a query as a table, CSV or JSON. */
import type { Cell, QueryResult } from '../pipeline/lake/ports.ts';

export const ROW_FORMATS = ['table', 'csv', 'json'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/** The result ends with a newline. */
export function formatRows(result: QueryResult, format: RowFormat): string {
  switch (format) {
    case 'table':
      return tableOf(result);
    case 'csv':
      return csvOf(result);
    case 'json':
      return jsonOf(result);
  }
}

/** RFC 4180: CRLF, quotes only if necessary. Null is an empty field, an empty string is `""`. */
function csvOf({ columns, rows }: QueryResult): string {
  return [columns, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

function csvField(cell: Cell): string {
  if (cell === null) return '';
  const text = textOf(cell);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** An array of objects, one per line. Repeated column names get a number. */
function jsonOf({ columns, rows }: QueryResult): string {
  if (rows.length === 0) return '[]\n';
  const names = distinct(columns);
  const lines = rows.map((row) =>
    JSON.stringify(Object.fromEntries(names.map((name, index) => [name, row[index] ?? null]))),
  );
  return `[\n${lines.join(',\n')}\n]\n`;
}

/** Aligned columns, numbers to the right, visible control characters. */
function tableOf({ columns, rows }: QueryResult): string {
  const texts = rows.map((row) => columns.map((_, index) => visible(textOf(row[index] ?? null))));
  const headings = columns.map(visible);
  const widths = headings.map((heading, index) =>
    texts.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? '')), widthOf(heading)),
  );
  const toTheRight = columns.map(
    (_, index) => rows.length > 0 && rows.every((row) => typeof (row[index] ?? 0) === 'number'),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, toTheRight[index] === true))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const count = `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`;
  return `${[line(headings), rule, ...texts.map(line), count].join('\n')}\n`;
}

function textOf(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** Window titles must not control the terminal. */
const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, (control) =>
    JSON.stringify(control).slice(1, -1).replace(control, '\uFFFD'),
  );

const pad = (text: string, width: number, toTheRight: boolean): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return toTheRight ? `${space}${text}` : `${text}${space}`;
};

/** Width in a terminal: two columns for East Asian wide characters, none for combining marks. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width +=
      /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uFF01-\uFF60]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

function distinct(columns: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let name = column;
    for (let copy = 2; taken.has(name); copy += 1) name = `${column}_${copy}`;
    taken.add(name);
    return name;
  });
}

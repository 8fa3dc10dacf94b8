/** DuckDB's values as cells: what prints, and what JSON can carry. */
import type { DuckDBValue } from '@duckdb/node-api';
import type { Cell } from '../../../pipeline/lake/ports.ts';

/** Digits that a double keeps exactly. */
const EXACT_DIGITS = 15;

/** Whole numbers beyond 2^53 and decimals beyond 15 digits stay text: a rounded figure would be a wrong one. */
export function cellOf(value: DuckDBValue): Cell {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return wholeNumber(value);
    default:
      return value === null ? null : compoundCell(value);
  }
}

function compoundCell(value: Exclude<DuckDBValue, null | string | number | bigint | boolean>): Cell {
  if ('items' in value) return value.items.map(cellOf);
  if ('entries' in value) {
    const entries = Array.isArray(value.entries)
      ? value.entries.map(({ key, value: inner }): [string, Cell] => [String(key), cellOf(inner)])
      : Object.entries(value.entries).map(([name, inner]): [string, Cell] => [name, cellOf(inner)]);
    return Object.fromEntries(entries);
  }
  if ('scale' in value) return decimal(value.toString());
  if ('micros' in value && 'isFinite' in value) return withMilliseconds(value.toString());
  return value.toString();
}

const wholeNumber = (value: bigint): Cell => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
};

const decimal = (text: string): Cell =>
  text.replace(/\D/g, '').length <= EXACT_DIGITS ? Number(text) : text;

/** `2026-11-20 09:10:00` gets `.000`, as Athena prints it. */
const withMilliseconds = (text: string): string =>
  text
    .replace(/^(\S+ \d\d:\d\d:\d\d)(?=$|[+-])/, '$1.000')
    .replace(/(\.\d\d)(?=$|[+-])/, '$10')
    .replace(/(\.\d)(?=$|[+-])/, '$100');

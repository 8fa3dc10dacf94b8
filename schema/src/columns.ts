/** Columns derived from zod schemas: the types in Glue (Athena), DuckDB and Parquet. */
import * as z from 'zod';

/** A column type, independent of the engine. */
export type ColumnType =
  | { readonly kind: 'string' | 'int' | 'bigint' | 'double' | 'boolean' | 'timestamp' }
  | { readonly kind: 'array'; readonly element: ColumnType }
  | { readonly kind: 'map'; readonly key: ColumnType; readonly value: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly Column[] };

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly description: string;
}

/** The columns of an object schema, in the order of its fields. Throws on an unknown zod type. */
export function columnsOf(shape: Readonly<Record<string, z.core.$ZodType>>): readonly Column[] {
  return Object.entries(shape).map(([name, field]) => {
    const { inner, nullable } = unwrap(field);
    return { name, type: typeOf(inner, field, name), nullable, description: metaOf(field).description ?? '' };
  });
}

/** The type in Glue and Hive: `array<struct<app:string,from_s:int>>`. */
export function glueType(type: ColumnType): string {
  switch (type.kind) {
    case 'array':
      return `array<${glueType(type.element)}>`;
    case 'map':
      return `map<${glueType(type.key)},${glueType(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${glueType(field.type)}`).join(',')}>`;
    default:
      return type.kind;
  }
}

const DUCKDB_SCALARS = {
  string: 'VARCHAR',
  int: 'INTEGER',
  bigint: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
} as const;

/** The type in DuckDB: `STRUCT(app VARCHAR, from_s INTEGER)[]`. */
export function duckdbType(type: ColumnType): string {
  switch (type.kind) {
    case 'array':
      return `${duckdbType(type.element)}[]`;
    case 'map':
      return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${field.name} ${duckdbType(field.type)}`).join(', ')})`;
    default:
      return DUCKDB_SCALARS[type.kind];
  }
}

/** A quoted column name. `values` is a keyword in Trino and Athena; the quotes are valid in every engine. */
export const quotedColumn = ({ name }: Pick<Column, 'name'>): string => `"${name}"`;

interface ColumnMeta {
  readonly description?: string;
  readonly column?: string;
}

function metaOf(field: z.core.$ZodType): ColumnMeta {
  return (z.globalRegistry.get(field) ?? {}) as ColumnMeta;
}

function unwrap(field: z.core.$ZodType): { inner: z.core.$ZodType; nullable: boolean } {
  if (field instanceof z.ZodNullable || field instanceof z.ZodOptional) {
    return { inner: unwrap(field.unwrap()).inner, nullable: true };
  }
  return { inner: field, nullable: false };
}

function typeOf(inner: z.core.$ZodType, field: z.core.$ZodType, name: string): ColumnType {
  const named = metaOf(field).column;
  if (named === 'int' || named === 'timestamp' || named === 'string') return { kind: named };
  if (inner instanceof z.ZodObject) return { kind: 'struct', fields: columnsOf(inner.shape) };
  if (inner instanceof z.ZodArray) {
    const { inner: element } = unwrap(inner.element);
    return { kind: 'array', element: typeOf(element, inner.element, name) };
  }
  if (inner instanceof z.ZodRecord) {
    return {
      kind: 'map',
      key: typeOf(inner.keyType, inner.keyType, name),
      value: typeOf(inner.valueType, inner.valueType, name),
    };
  }
  if (inner instanceof z.ZodBoolean) return { kind: 'boolean' };
  if (inner instanceof z.ZodNumber) return { kind: numberKind(inner) };
  if (inner instanceof z.ZodString || inner instanceof z.ZodEnum || inner instanceof z.ZodStringFormat) {
    return { kind: 'string' };
  }
  if (inner instanceof z.ZodLiteral) return { kind: 'string' };
  throw new TypeError(
    `column ${name}: no column type is known for ${inner.constructor.name}; add it to columns.ts`,
  );
}

function numberKind(field: z.ZodNumber): 'int' | 'bigint' | 'double' {
  if (field.format === 'int32') return 'int';
  return field.format === 'safeint' ? 'bigint' : 'double';
}

/** Questions to Trino over its HTTP protocol, answered in the cells that the local lake answers in. */
import * as z from 'zod';
import type { Cell, QueryResult } from '../../../pipeline/lake/ports.ts';
import { CATALOG } from './trino-server.ts';

export interface TrinoAnswer extends QueryResult {
  /** Types as Trino spells them: `array(row(app varchar))`. */
  readonly types: readonly string[];
}

interface TypeSignature {
  readonly rawType: string;
  readonly arguments: readonly { readonly kind: string; readonly value?: unknown }[];
}

const signature: z.ZodType<TypeSignature> = z.object({
  rawType: z.string(),
  arguments: z.array(z.object({ kind: z.string(), value: z.unknown() })),
});
/** Field of a row: its name and its type. */
const namedType = z.object({ fieldName: z.object({ name: z.string() }), typeSignature: signature });

const page = z.object({
  nextUri: z.string().optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), typeSignature: signature })).optional(),
  data: z.array(z.array(z.unknown())).optional(),
  error: z.object({ message: z.string(), errorName: z.string() }).optional(),
});

export class TrinoError extends Error {
  readonly code = 'trino_failed';
  constructor(
    readonly errorName: string,
    message: string,
  ) {
    super(`${errorName}: ${message}`);
    this.name = 'TrinoError';
  }
}

/** @throws TrinoError where Trino refuses the statement */
export async function askTrino(
  endpoint: string,
  sql: string,
  { schema, headers = {} }: { readonly schema: string; readonly headers?: Readonly<Record<string, string>> },
): Promise<TrinoAnswer> {
  const common = {
    'X-Trino-User': 'conformance',
    'X-Trino-Catalog': CATALOG,
    'X-Trino-Schema': schema,
    ...headers,
  };
  let answer = page.parse(
    await (await fetch(`${endpoint}/v1/statement`, { method: 'POST', headers: common, body: sql })).json(),
  );
  let columns = answer.columns;
  const data: unknown[][] = [];
  for (;;) {
    if (answer.error !== undefined) throw new TrinoError(answer.error.errorName, answer.error.message);
    columns ??= answer.columns;
    data.push(...(answer.data ?? []));
    if (answer.nextUri === undefined) break;
    answer = page.parse(await (await fetch(answer.nextUri, { headers: common })).json());
  }
  return {
    columns: columns?.map(({ name }) => name) ?? [],
    types: columns?.map(({ type }) => type) ?? [],
    rows: data.map((row) => row.map((value, index) => cellOf(value, columns?.[index]?.typeSignature))),
  };
}

/** Rows come as lists, and get the names of their fields; decimals come as text. */
function cellOf(value: unknown, type: TypeSignature | undefined): Cell {
  if (value === null || type === undefined) return null;
  switch (type.rawType) {
    case 'array': {
      const element = signature.parse(type.arguments[0]?.value);
      return z
        .array(z.unknown())
        .parse(value)
        .map((item) => cellOf(item, element));
    }
    case 'map': {
      const element = signature.parse(type.arguments[1]?.value);
      return mapCells(z.record(z.string(), z.unknown()).parse(value), element);
    }
    case 'row': {
      const fields = type.arguments.map((argument) => namedType.parse(argument.value));
      const values = z.array(z.unknown()).parse(value);
      return Object.fromEntries(
        fields.map(({ fieldName, typeSignature }, index): [string, Cell] => [
          fieldName.name,
          cellOf(values[index], typeSignature),
        ]),
      );
    }
    case 'decimal':
      return Number(value);
    default:
      return scalar.parse(value);
  }
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const mapCells = (map: Readonly<Record<string, unknown>>, type: TypeSignature): Cell =>
  Object.fromEntries(Object.entries(map).map(([key, value]): [string, Cell] => [key, cellOf(value, type)]));

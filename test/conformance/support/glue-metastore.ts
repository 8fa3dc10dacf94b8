/**
 * The tables of the synthesized templates, put into Trino's metastore as they stand: SerDe, formats, types, partition
 * keys and the parameters of partition projection are those that are deployed. Only the bucket becomes a folder.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { LAKE, METASTORE } from './trino-server.ts';

const column = z.object({ Name: z.string(), Type: z.string(), Comment: z.string().optional() });

/** `AWS::Glue::Table` TableInput, as far as it is used; a property that is not named here fails. */
export const tableInput = z.strictObject({
  Name: z.string(),
  Description: z.string(),
  TableType: z.enum(['EXTERNAL_TABLE', 'VIRTUAL_VIEW']),
  Parameters: z.record(z.string(), z.unknown()),
  PartitionKeys: z.array(column),
  ViewOriginalText: z.string().optional(),
  ViewExpandedText: z.string().optional(),
  StorageDescriptor: z.strictObject({
    Columns: z.array(column),
    Location: z.unknown().optional(),
    InputFormat: z.string().optional(),
    OutputFormat: z.string().optional(),
    SerdeInfo: z.object({
      SerializationLibrary: z.string().optional(),
      Parameters: z.record(z.string(), z.string()).optional(),
    }),
    // Of the writer's side: readers go by the ending of the object.
    Compressed: z.boolean().optional(),
    StoredAsSubDirectories: z.boolean().optional(),
  }),
});
export type TableInput = z.infer<typeof tableInput>;

const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })),
});

/** Every table and view of the templates, by name. */
export function glueTables(templates: readonly unknown[]): ReadonlyMap<string, TableInput> {
  const tables = templates
    .flatMap((each) => Object.values(template.parse(each).Resources))
    .filter(({ Type }) => Type === 'AWS::Glue::Table')
    .map(({ Properties }) => z.object({ TableInput: tableInput }).parse(Properties).TableInput);
  return new Map(tables.map((table) => [table.Name, table]));
}

/** Writes the database with these tables below `root`. */
export async function writeMetastore(
  root: string,
  database: string,
  tables: Iterable<TableInput>,
): Promise<void> {
  const folder = join(root, METASTORE);
  await mkdir(folder, { recursive: true });
  await writeJson(join(folder, `.${database}.trinoSchema`), {
    writerVersion: '476',
    location: `local:///${LAKE}`,
    ownerName: 'conformance',
    ownerType: 'USER',
    parameters: {},
  });
  for (const table of tables) {
    await mkdir(join(folder, database, table.Name), { recursive: true });
    await writeJson(join(folder, database, table.Name, '.trinoSchema'), metastoreTable(table));
  }
}

function metastoreTable(table: TableInput) {
  const { SerdeInfo, InputFormat, OutputFormat, Columns, Location } = table.StorageDescriptor;
  return {
    writerVersion: '476',
    owner: 'conformance',
    tableType: table.TableType,
    dataColumns: Columns.map(metastoreColumn),
    partitionColumns: table.PartitionKeys.map(metastoreColumn),
    parameters: Object.fromEntries(
      Object.entries(table.Parameters).map(([name, value]) => [name, inFolder(value)]),
    ),
    originalStorageFormat: {
      ...(SerdeInfo.SerializationLibrary !== undefined && { serde: SerdeInfo.SerializationLibrary }),
      ...(InputFormat !== undefined && { inputFormat: InputFormat }),
      ...(OutputFormat !== undefined && { outputFormat: OutputFormat }),
    },
    serdeParameters: SerdeInfo.Parameters ?? {},
    ...(Location !== undefined && { externalLocation: inFolder(Location) }),
    ...(table.ViewOriginalText !== undefined && {
      viewOriginalText: table.ViewOriginalText,
      viewExpandedText: table.ViewExpandedText,
    }),
    columnStatistics: {},
  };
}

const metastoreColumn = ({ Name, Type, Comment }: z.infer<typeof column>) => ({
  name: Name,
  type: Type,
  ...(Comment !== undefined && { comment: Comment }),
  properties: {},
});

const joinFunction = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) });

/** `s3://` and a reference to the bucket, as text or joined: the folder of the lake takes its place. */
function inFolder(value: unknown): string {
  const joined = joinFunction.safeParse(value);
  if (!joined.success) return String(value);
  const [scheme, , ...rest] = joined.data['Fn::Join'][1];
  if (scheme !== 's3://') throw new TypeError(`no address of a bucket: ${JSON.stringify(value)}`);
  return `local:///${LAKE}${rest.map((part) => z.string().parse(part)).join('')}`;
}

const writeJson = (path: string, value: unknown) => writeFile(path, JSON.stringify(value));

/**
 * Generates the sources of the dbt project from the schema: `node --import tsx scripts/dbt-sources.ts`
 * writes analytics/models/sources.yml. JSON is valid YAML, so no escaping is needed.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { duckdbType, glueType, type LakeTable, lakeTables, quotedColumn } from '@kinetrack/schema';

const LAKE = "{{ env_var('KINETRACK_LAKE', 'lake') | replace('%', '%%') | replace(\"'\", \"''\") }}";

const HEADER = '# Written by scripts/dbt-sources.ts from the schema.\n';

/** The text of analytics/models/sources.yml. */
export function dbtSources(): string {
  const source = (name: string, description: string, format: LakeTable['format']) => ({
    name,
    description,
    schema: "{{ env_var('KINETRACK_DATABASE', 'kinetrack') }}",
    tables: lakeTables.filter((table) => table.format === format).map(tableOf),
  });
  const document = {
    sources: [
      source('raw', 'Raw events, delivered at least once.', 'json'),
      source('rollup', 'Rollup rows. They contain each observed second once.', 'parquet'),
    ],
  };
  return `${HEADER}${JSON.stringify(document, undefined, 2)}\n`;
}

const tableOf = (table: LakeTable) => ({
  name: table.name,
  description: table.description,
  // `oldstyle` is the formatter with `%` in dbt-duckdb. The default uses braces, which the SQL contains.
  config: { meta: { formatter: 'oldstyle', external_location: filesOf(table) } },
  columns: [
    ...table.columns.map(({ name, type, description }) => ({
      name,
      data_type: glueType(type),
      ...(description !== '' && { description }),
    })),
    ...table.partitions.map(({ name }) => ({ name, data_type: 'string', description: 'Partition.' })),
  ],
});

/**
 * Files of a table in a local lake, for DuckDB. read_json fails without files, and an activity type can
 * have none. So every table reads the folders of all types and filters by the partition.
 */
function filesOf(table: LakeTable): string {
  const names = [...table.columns, ...table.partitions].map(quotedColumn).join(', ');
  const hive = 'hive_partitioning = true, hive_types_autocast = false';
  if (table.format === 'parquet') {
    return `(SELECT ${names} FROM read_parquet('${LAKE}/${table.prefix}dt=*/hour=*/*.parquet', ${hive}))`;
  }
  const columns = table.columns.map(({ name, type }) => `'${name}': '${duckdbType(type)}'`).join(', ');
  const own = table.name === 'events' ? '' : ` WHERE activity_type = '${table.name}'`;
  return `(SELECT ${names} FROM read_json('${LAKE}/raw/activity_type=*/dt=*/hour=*/*.json.gz', format = 'newline_delimited', compression = 'gzip', columns = {${columns}}, ignore_errors = true, ${hive})${own})`;
}

const path = fileURLToPath(new URL('../analytics/models/sources.yml', import.meta.url));
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path, dbtSources());

import { Argument, Command, Option } from 'commander';
import { openLake } from '../../local/duckdb/index.ts';
import { formatRows } from '../../local/format-rows.ts';
import { requireLake } from '../shared-options.ts';

interface QueryOptions {
  readonly lake: string;
  readonly format: 'table' | 'csv' | 'json';
}

export const queryCommand = (): Command =>
  new Command('query')
    .description("SQL over a lake's tables by the names that they have in Athena")
    .addArgument(new Argument('<sql>', 'one SELECT statement'))
    .requiredOption('--lake <dir>', 'folder of the lake')
    .addOption(
      new Option('--format <format>', 'how the rows are printed')
        .choices(['table', 'csv', 'json'])
        .default('table'),
    )
    .addHelpText(
      'after',
      `
Tables: events, one per activity type (sample, app_change, idle, ...), minutes, hours, days.

Examples:
  kinetrack query --lake lake "SELECT user_id, sum(productive_s) / 3600.0 AS hours FROM days GROUP BY 1"
  kinetrack query --lake lake --format csv "SELECT app, sum(seconds) AS s FROM hours GROUP BY 1 ORDER BY 2 DESC"
`,
    )
    .action(async (sql: string, options: QueryOptions) => {
      const lake = await openLake({ lakeDir: requireLake(options.lake) });
      try {
        process.stdout.write(formatRows(await lake.query(sql), options.format));
      } finally {
        await lake.close();
      }
    });

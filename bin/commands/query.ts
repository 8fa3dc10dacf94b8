import { Argument, type Command, Option } from 'commander';
import { formatRows, ROW_FORMATS, type RowFormat } from '../../local/format-rows.ts';
import { openLake } from '../../local/stores/query-engine.ts';
import { MAX_DAYS, NAMED_QUERIES, type NamedQuery, namedQuery } from '../../pipeline/queries/named.ts';
import { baseCommand } from '../base-command.ts';
import { UsageError } from '../cli-error.ts';
import { date, wholeNumber } from '../option-parsers.ts';
import { lakeOption, requireLake } from '../shared-options.ts';

interface QueryOptions {
  readonly lake?: string;
  readonly format: RowFormat;
  readonly named?: string;
  readonly days?: number;
  readonly until?: string;
  readonly user?: string;
  readonly list?: boolean;
  readonly sql?: boolean;
}

export const queryCommand = (): Command =>
  baseCommand('query')
    .description('Run SQL on a lake')
    .addArgument(new Argument('[sql]', 'SELECT statement, instead of --named'))
    .addOption(lakeOption())
    .addOption(new Option('--format <format>', 'Output format').choices(ROW_FORMATS).default('table'))
    .option('--named <name>', 'Run a named query (see --list)')
    .addOption(
      new Option(
        '--days <n>',
        'With --named: number of days, including the last day (default: 28)',
      ).argParser(wholeNumber(1, MAX_DAYS)),
    )
    .addOption(new Option('--until <date>', 'With --named: last day (default: today, UTC)').argParser(date))
    .option('--user <id>', 'With --named: only this user (default: all users)')
    .option('--list', 'List the named queries')
    .option('--sql', 'With --named: print the SQL for Athena instead of running it')
    .addHelpText(
      'after',
      `
Tables have the same names as in Athena: events, one table per activity type (sample, app_change,
idle, ...), minutes, hours, days. docs/queries.md describes them.

Examples:
  kinetrack query --lake lake "SELECT user_id, sum(productive_s) / 3600.0 AS hours FROM days GROUP BY 1"
  kinetrack query --lake lake --format csv "SELECT app, sum(seconds) AS s FROM hours GROUP BY 1 ORDER BY 2 DESC"
  kinetrack query --lake lake --named focus-blocks --user ada --days 7
  kinetrack query --named focus-blocks --sql
`,
    )
    .action(async (sql: string | undefined, options: QueryOptions) => {
      if (options.list) {
        process.stdout.write(catalog());
        return;
      }
      const named = namedQueryOf(sql, options);
      if (options.sql) {
        if (named === undefined) throw new UsageError('--sql requires --named NAME.');
        console.log(named.sql);
        return;
      }
      await printResult(requireLake(options.lake), named?.sql ?? sql ?? '', named, options);
    });

/** Undefined if the command line contains the SQL. */
function namedQueryOf(
  sql: string | undefined,
  { named, days, until, user }: QueryOptions,
): NamedQuery | undefined {
  if (named === undefined) {
    if (sql === undefined)
      throw new UsageError('pass a SELECT statement or --named NAME. List the named queries with --list.');
    const scope = Object.entries({ '--days': days, '--until': until, '--user': user });
    const misplaced = scope.find(([, value]) => value !== undefined)?.[0];
    if (misplaced !== undefined)
      throw new UsageError(`${misplaced} requires --named. Add the condition to the SQL instead.`);
    return undefined;
  }
  if (sql !== undefined)
    throw new UsageError('a SELECT statement and --named are two queries. Pass only one.');
  const query = namedQuery(named, { days, until, userId: user });
  if (query !== undefined) return query;
  const names = NAMED_QUERIES.map(({ name }) => name).join(', ');
  throw new UsageError(`--named ${named}: no such query. Available queries: ${names}.`);
}

/** An upper bound, not an allocation, as for verify: the process ends after the query. */
const MEMORY_LIMIT_MB = 4096;

async function printResult(
  lakeDir: string,
  sql: string,
  named: NamedQuery | undefined,
  { format, user }: QueryOptions,
): Promise<void> {
  const lake = await openLake({ lakeDir, ...(named !== undefined && { memoryLimitMb: MEMORY_LIMIT_MB }) });
  try {
    const result = await lake.query(sql);
    process.stdout.write(formatRows(result, format));
    if (named === undefined || result.rows.length > 0) return;
    const { rows } = await lake.query(
      'SELECT user_id, min(local_date), max(local_date) FROM hours GROUP BY 1',
    );
    console.error(`No rows in this period. ${availableData(rows, user)}`);
  } finally {
    await lake.close();
  }
}

/** A hint for an empty result: the users and days with data. */
function availableData(people: readonly (readonly unknown[])[], user: string | undefined): string {
  if (people.length === 0) return 'The lake has no rollups yet.';
  const matching = user === undefined ? people : people.filter(([userId]) => userId === user);
  if (matching.length === 0) {
    const some = people.slice(0, 3).map(([userId]) => String(userId));
    return `The lake has no data of user ${user}. Users: ${some.join(', ')}${people.length > 3 ? ', ...' : ''}. Check --user.`;
  }
  const days = matching.flatMap(([, from, to]) => [String(from), String(to)]).sort();
  const whose = user === undefined ? 'The lake has rollups' : `The lake has rollups of ${user}`;
  return `${whose} from ${days[0]} to ${days.at(-1)}. Check --days and --until.`;
}

function catalog(): string {
  const width = Math.max(...NAMED_QUERIES.map(({ name }) => name.length));
  return NAMED_QUERIES.map(({ name, about }) => `${name.padEnd(width)}  ${about}\n`).join('');
}

import { Argument, Command, Option } from 'commander';
import { formatRows } from '../../local/format-rows.ts';
import { openLake } from '../../local/stores/duckdb/index.ts';
import { MAX_DAYS, NAMED_QUERIES, type NamedQuery, namedQuery } from '../../pipeline/queries/named.ts';
import { UsageError } from '../cli-error.ts';
import { date, wholeNumber } from '../options.ts';
import { requireLake } from '../shared-options.ts';

interface QueryOptions {
  readonly lake?: string;
  readonly format: 'table' | 'csv' | 'json';
  readonly named?: string;
  readonly days?: number;
  readonly until?: string;
  readonly user?: string;
  readonly list: boolean;
  readonly sql: boolean;
}

export const queryCommand = (): Command =>
  new Command('query')
    .description("SQL over a lake's tables by the names that they have in Athena")
    .addArgument(new Argument('[sql]', 'one SELECT statement; or --named'))
    .option('--lake <dir>', 'folder of the lake')
    .addOption(
      new Option('--format <format>', 'how the rows are printed')
        .choices(['table', 'csv', 'json'])
        .default('table'),
    )
    .option('--named <name>', 'a query that is there already; --list shows them')
    .addOption(
      new Option('--days <n>', 'with --named: how many days, the last one included (default: 28)').argParser(
        wholeNumber('the number of days', 1, MAX_DAYS),
      ),
    )
    .addOption(
      new Option('--until <date>', 'with --named: the last day (default: today in UTC)').argParser(date),
    )
    .option('--user <id>', 'with --named: only this person (default: everybody)')
    .option('--list', 'prints the named queries and what they tell, and does nothing else', false)
    .option('--sql', 'with --named: prints the SQL, to run it on Athena, and does nothing else', false)
    .addHelpText(
      'after',
      `
Tables: events, one per activity type (sample, app_change, idle, ...), minutes, hours, days.

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
      const named = chosen(sql, options);
      if (options.sql) {
        if (named === undefined) throw new UsageError('--sql prints a named query: add --named NAME.');
        console.log(named.sql);
        return;
      }
      if (options.lake === undefined)
        throw new UsageError('--lake DIR is missing: name the folder of the lake.');
      await answer(requireLake(options.lake), named?.sql ?? sql ?? '', named, options);
    });

/** Undefined where the text of the command line is the query. */
function chosen(sql: string | undefined, { named, days, until, user }: QueryOptions): NamedQuery | undefined {
  if (named === undefined) {
    if (sql === undefined)
      throw new UsageError(
        'no query is given: write one SELECT, or name one with --named; --list shows them.',
      );
    const scope = Object.entries({ '--days': days, '--until': until, '--user': user });
    const stray = scope.find(([, value]) => value !== undefined)?.[0];
    if (stray !== undefined)
      throw new UsageError(`${stray} goes with --named alone: write the condition into the SQL.`);
    return undefined;
  }
  if (sql !== undefined)
    throw new UsageError('a SELECT and --named are two queries: leave one of them away.');
  const query = namedQuery(named, { days, until, userId: user });
  if (query !== undefined) return query;
  const names = NAMED_QUERIES.map(({ name }) => name).join(', ');
  throw new UsageError(`--named ${named}: there is no such query; there are ${names}.`);
}

/** A bound and nothing that is taken ahead, as for verify: the process ends with its answer. */
const MEMORY_LIMIT_MB = 4096;

async function answer(
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
    console.error(`No rows in that period. ${whatThereIs(rows, user)}`);
  } finally {
    await lake.close();
  }
}

/** Out of the days of every person: what was meant, where nothing was found. */
function whatThereIs(people: readonly (readonly unknown[])[], user: string | undefined): string {
  if (people.length === 0) return 'This lake holds no rollups yet.';
  const meant = user === undefined ? people : people.filter(([userId]) => userId === user);
  if (meant.length === 0) {
    const some = people.slice(0, 3).map(([userId]) => String(userId));
    return `This lake holds nothing of ${user}; it knows ${some.join(', ')}${people.length > 3 ? ', ...' : ''}. See --user.`;
  }
  const days = meant.flatMap(([, from, to]) => [String(from), String(to)]).sort();
  const whose = user === undefined ? 'This lake holds rollups' : `This lake holds rollups of ${user}`;
  return `${whose} from ${days[0]} to ${days.at(-1)}; see --days and --until.`;
}

function catalog(): string {
  const width = Math.max(...NAMED_QUERIES.map(({ name }) => name.length));
  return NAMED_QUERIES.map(({ name, about }) => `${name.padEnd(width)}  ${about}\n`).join('');
}

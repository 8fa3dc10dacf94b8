/**
 * The questions that people ask of a lake, each as one text of SQL that runs unchanged on Athena and DuckDB. They read
 * the tables of the lake and nothing else, and their order is total, so that both give the same rows.
 */

import { activityLevel, interactionIntensity, workingDay } from './activity.ts';
import { completeness } from './completeness.ts';
import { focusBlocks } from './focus-blocks.ts';
import { conditionsOf, type QueryDefinition, type QueryScope } from './query-definition.ts';
import { suspectedScripting } from './suspected-scripting.ts';
import { nonProductiveApplications, productiveShare, timePerApplication } from './time-spent.ts';
import { hourOfDay, weekday, weekOverWeek } from './trends.ts';

export { MAX_DAYS, type QueryScope } from './query-definition.ts';

export interface NamedQuery {
  /** Kebab-case. */
  readonly name: string;
  /** What it tells, in one sentence. */
  readonly about: string;
  /** The same, and how to read it. */
  readonly description: string;
  /** Without a semicolon at the end. */
  readonly sql: string;
}

const DEFINITIONS: readonly QueryDefinition[] = [
  timePerApplication,
  nonProductiveApplications,
  productiveShare,
  activityLevel,
  interactionIntensity,
  workingDay,
  hourOfDay,
  weekday,
  weekOverWeek,
  focusBlocks,
  suspectedScripting,
  completeness,
];

/** Every query over the last 28 days and everybody. */
export const NAMED_QUERIES: readonly NamedQuery[] = DEFINITIONS.map((definition) => render(definition, {}));

/**
 * Undefined where no query has that name.
 *
 * @throws RangeError where the scope is none
 */
export function namedQuery(name: string, scope: QueryScope = {}): NamedQuery | undefined {
  const definition = DEFINITIONS.find((candidate) => candidate.name === name);
  return definition === undefined ? undefined : render(definition, scope);
}

/** The text begins with what it tells: in Athena it stands alone. */
function render({ name, about, reading, sql }: QueryDefinition, scope: QueryScope): NamedQuery {
  return {
    name,
    about,
    description: `${about} ${reading}`,
    sql: `-- ${about}\n-- ${reading}\n${sql(conditionsOf(scope))}`,
  };
}

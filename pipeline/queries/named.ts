/**
 * Named queries: each is one SQL text that runs unchanged on Athena and DuckDB. They read only tables
 * of the lake and have a total order, so both engines return the same rows.
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
  /** One sentence about the result. */
  readonly about: string;
  /** The same, with notes on interpretation. */
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

/** All queries, over 28 days and all people. */
export const NAMED_QUERIES: readonly NamedQuery[] = DEFINITIONS.map((definition) => render(definition, {}));

/**
 * Undefined for an unknown name.
 *
 * @throws RangeError if the scope is invalid
 */
export function namedQuery(name: string, scope: QueryScope = {}): NamedQuery | undefined {
  const definition = DEFINITIONS.find((candidate) => candidate.name === name);
  return definition === undefined ? undefined : render(definition, scope);
}

/** The SQL starts with a description: in Athena it is shown without other context. */
function render({ name, about, reading, sql }: QueryDefinition, scope: QueryScope): NamedQuery {
  return {
    name,
    about,
    description: `${about} ${reading}`,
    sql: `-- ${about}\n-- ${reading}\n${sql(conditionsOf(scope))}`,
  };
}

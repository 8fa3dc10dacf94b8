import type { Conditions } from './scope.ts';

/** A named query before it knows its period and people. */
export interface QueryDefinition {
  /** Kebab-case. */
  readonly name: string;
  /** One sentence: what it tells. */
  readonly about: string;
  /** How its figures are to be read, and what they do not say. */
  readonly reading: string;
  readonly sql: (conditions: Conditions) => string;
}

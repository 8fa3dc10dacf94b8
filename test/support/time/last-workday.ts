/** The last day of a fleet whose rows must still be within every retention and default range. */
import { systemRuntime } from '@kinetrack/agent';
import { formatUtc } from '@kinetrack/schema';
import { workdayBefore } from '../../../local/demo/index.ts';

/** A working day on any day of the year: half of the people of a fleet are off at a weekend. */
export const lastWorkday = (): string => workdayBefore(formatUtc(systemRuntime.now()).slice(0, 10));

/** What a process that may be killed at any moment says about its spool, and how its listener takes it down. */
import type { Loss } from '../../../agent/src/spool/spool.ts';
import { secondSampleLine } from '../lake/second-samples.ts';
import { idsOfLosses, type Promises } from './durability-model.ts';

/** What was begun is said before the call, what came back after it. Samples are those of second-samples.ts. */
export type Statement =
  | { readonly say: 'opened'; readonly lastSeq: number }
  | {
      readonly say: 'offered' | 'accepted' | 'acking' | 'acked' | 'givingUp';
      readonly ids: readonly number[];
    }
  | { readonly say: 'delivered'; readonly lines: readonly string[] }
  | { readonly say: 'lost' | 'reporting' | 'reported'; readonly losses: readonly Loss[] }
  | { readonly say: 'refused'; readonly message: string }
  | { readonly say: 'done' };

/** Written at once, before the process goes on: pipes are synchronous on POSIX. */
export const say = (statement: Statement): void => {
  process.stdout.write(`${JSON.stringify(statement)}\n`);
};

/** The whole statements in what came through the pipe. */
export const statementsIn = (output: string): readonly Statement[] =>
  output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Returns the lines that were delivered. */
export function takeDown(statements: readonly Statement[], promises: Promises): readonly string[] {
  const delivered: string[] = [];
  for (const statement of statements) {
    switch (statement.say) {
      case 'offered':
        promises.offer(statement.ids.map((id) => ({ id, line: secondSampleLine(id) })));
        break;
      case 'accepted':
      case 'acking':
      case 'acked':
      case 'givingUp':
        for (const id of statement.ids) promises[statement.say].add(id);
        break;
      case 'delivered':
        delivered.push(...statement.lines);
        break;
      case 'lost':
      case 'reporting':
      case 'reported':
        for (const id of idsOfLosses(statement.losses)) promises[statement.say].add(id);
        break;
      default:
    }
  }
  return delivered;
}

/** A spool in a child process that reports each step to its parent, and how the parent keeps account. */
import {
  openSegmentSpool,
  type SegmentSpoolOptions,
  type Spool,
  type SpoolRecord,
} from '../../../agent/src/spool/index.ts';
import type { Loss } from '../../../agent/src/spool/spool.ts';
import { secondSampleLine } from '../lake/second-samples.ts';
import { type DurabilityModel, idsOfLosses } from './durability-model.ts';
import { testKeys } from './test-keys.ts';

/** A call is reported before it begins and after it has returned. Samples are those of second-samples.ts. */
export type Statement =
  | { readonly kind: 'opened'; readonly lastSeq: number }
  | {
      readonly kind: 'offered' | 'accepted' | 'acking' | 'acked' | 'givingUp';
      readonly ids: readonly number[];
    }
  | { readonly kind: 'delivered'; readonly lines: readonly string[] }
  | { readonly kind: 'lost' | 'reporting' | 'reported'; readonly losses: readonly Loss[] }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'done' };

/** Writes synchronously: pipes are synchronous on POSIX. */
export const report = (statement: Statement): void => {
  process.stdout.write(`${JSON.stringify(statement)}\n`);
};

/** Complete statements of the output: a kill may cut off the last one. */
export const statementsIn = (output: string): readonly Statement[] =>
  output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Adds statements to the model. Returns the delivered lines. */
export function recordStatements(
  statements: readonly Statement[],
  durability: DurabilityModel,
): readonly string[] {
  const delivered: string[] = [];
  for (const statement of statements) {
    switch (statement.kind) {
      case 'offered':
        durability.offer(statement.ids.map((id) => ({ id, line: secondSampleLine(id) })));
        break;
      case 'accepted':
      case 'acking':
      case 'acked':
      case 'givingUp':
        for (const id of statement.ids) durability[statement.kind].add(id);
        break;
      case 'delivered':
        delivered.push(...statement.lines);
        break;
      case 'lost':
      case 'reporting':
      case 'reported':
        for (const id of idsOfLosses(statement.losses)) durability[statement.kind].add(id);
        break;
      default:
    }
  }
  return delivered;
}

export interface ReportingSpool extends Pick<Spool, 'lastSeq' | 'append' | 'read' | 'close'> {
  /** Reports records as delivered and acknowledges them. */
  deliver(records: readonly SpoolRecord[]): Promise<void>;
  /** Marks all losses as reported. */
  reportLosses(): Promise<void>;
}

export async function openReportingSpool(
  dir: string,
  options: Omit<SegmentSpoolOptions, 'dir' | 'keys'>,
): Promise<ReportingSpool> {
  const spool = await openSegmentSpool({ ...options, dir, keys: testKeys() });
  report({ kind: 'opened', lastSeq: spool.lastSeq });
  return {
    get lastSeq() {
      return spool.lastSeq;
    },
    async append(records) {
      const ids = records.map(({ id }) => id);
      report({ kind: 'offered', ids });
      await spool.append(records);
      report({ kind: 'accepted', ids });
      report({ kind: 'lost', losses: spool.losses() });
    },
    read: (limits) => spool.read(limits),
    async deliver(records) {
      const ids = records.map(({ id }) => id);
      report({ kind: 'delivered', lines: records.map(({ line }) => line) });
      report({ kind: 'acking', ids });
      await spool.ack(ids);
      report({ kind: 'acked', ids });
    },
    async reportLosses() {
      const losses = spool.losses();
      report({ kind: 'reporting', losses });
      await spool.lossesReported(losses);
      report({ kind: 'reported', losses });
    },
    close: () => spool.close(),
  };
}

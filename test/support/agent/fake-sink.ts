/** A sink that keeps its records and returns the outcomes that a test sets. */
import type { RecordOutcome, Sink, SpoolRecord } from '@kinetrack/agent';
import { type ActivityEvent, parseEventLine } from '@kinetrack/schema';

export type Answer = (records: readonly SpoolRecord[]) => Promise<readonly RecordOutcome[]>;

export const deliverAll: Answer = async (records) => records.map(() => ({ status: 'delivered' }));

export class FakeSink implements Sink {
  readonly name = 'fake';
  answer: Answer;
  /** Records of all sends, in order. */
  readonly sent: SpoolRecord[] = [];
  readonly delivered: SpoolRecord[] = [];
  flushes = 0;
  isClosed: boolean = false;

  constructor(answer: Answer = deliverAll) {
    this.answer = answer;
  }

  async send(records: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]> {
    this.sent.push(...records);
    const outcomes = await this.answer(records);
    this.delivered.push(...records.filter((_, index) => outcomes[index]?.status === 'delivered'));
    return outcomes;
  }

  async flush(): Promise<void> {
    this.flushes += 1;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** Delivered events. Throws for an invalid line. */
  events(): readonly ActivityEvent[] {
    return this.delivered.map(({ line }) => {
      const parsed = parseEventLine(line);
      if (!parsed.ok) throw new Error(`${parsed.message} in ${line}`);
      return parsed.value;
    });
  }
}

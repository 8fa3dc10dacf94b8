/** The sink of the embedded pipeline: packs records as for Kinesis and passes them to a function. */
import { messageOf } from '@kinetrack/schema';
import { deliverPacked, retryable } from './deliver-packed.ts';
import type { RecordOutcome, Sink } from './sink.ts';

export interface InProcessSinkOptions {
  /** Name in messages. @defaultValue `local` */
  readonly name?: string;
  /**
   * Receives records of JSON lines; resolves once they are durable, with one outcome per record, in order.
   */
  readonly deliver: (records: readonly Uint8Array[]) => Promise<readonly RecordOutcome[]>;
  /** Flushes the records that deliver() is buffering. @defaultValue nothing to flush */
  readonly flush?: () => Promise<void>;
  /** Releases the resources of deliver(). Called once. @defaultValue nothing to release */
  readonly close?: () => Promise<void>;
}

export function inProcessSink(options: InProcessSinkOptions): Sink {
  const { name = 'local', deliver, flush } = options;
  let closing: Promise<void> | undefined;
  return {
    name,
    async send(events) {
      if (closing !== undefined) return events.map(() => retryable(`the sink ${name} is closed`));
      try {
        return await deliverPacked(name, events, (records) => deliver(records.map(({ data }) => data)));
      } catch (error) {
        const why = messageOf(error);
        return events.map(() => retryable(`${name} failed: ${why}`));
      }
    },
    async flush() {
      await flush?.();
    },
    close() {
      closing ??= Promise.resolve(options.close?.());
      return closing;
    },
  };
}

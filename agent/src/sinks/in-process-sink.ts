/** The sink of the embedded pipeline: packs as for Kinesis and hands the records to a function. */
import { messageOf } from '@kinetrack/schema';
import { deliverPacked, retryable } from './deliver-packed.ts';
import type { RecordOutcome, Sink } from './sink.ts';

export interface InProcessSinkOptions {
  /** For people. @defaultValue `local` */
  readonly name?: string;
  /** Takes records of JSON lines; resolves once they are safe, with one outcome for each, in their order. */
  readonly deliver: (records: readonly Uint8Array[]) => Promise<readonly RecordOutcome[]>;
  /** Pushes out what deliver() is waiting for. @defaultValue nothing to push */
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

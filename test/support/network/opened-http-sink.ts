/** A sink to a server that is closed after the test, and valid events for it. */
import type { RecordOutcome, Sink, SpoolRecord } from '../../../agent/src/index.ts';
import { type HttpSinkOptions, httpSink } from '../../../agent/src/sinks/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { sampleEvent } from '../lake/raw-samples.ts';
import type { TrackServer } from './track-server.ts';

export function openedHttpSink(
  server: Pick<TrackServer, 'url' | 'token'>,
  options: Partial<HttpSinkOptions> = {},
): Sink {
  const sink = httpSink({ url: server.url, token: server.token, ...options });
  afterTest(() => sink.close());
  return sink;
}

/** Valid events with the ids from..from+count-1, each of about 900 bytes. */
export const sampleLines = (count: number, from = 1): readonly SpoolRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    id: from + i,
    line: JSON.stringify(sampleEvent({ seq: from + i })),
  }));

/** `delivered`, the code of a rejection, or the fault of a retryable record. */
export const inShort = (outcomes: readonly RecordOutcome[]): readonly (string | undefined)[] =>
  outcomes.map((outcome) => {
    if (outcome.status === 'rejected') return outcome.code;
    return outcome.status === 'retryable' ? (outcome.fault ?? 'retryable') : outcome.status;
  });

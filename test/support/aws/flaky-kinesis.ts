/**
 * A Kinesis endpoint as a crowded shard and a bad line make it: a share of the records is answered with an error code,
 * and a share of the responses never arrives although their records were stored, which is what makes duplicates.
 * Everything that it lets through goes to a real server.
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterTest } from '../../runner/running-test.ts';
import { closeServer, endpointOf, listening } from '../network/loopback.ts';
import { seeded } from '../seeded.ts';
import { forwardPutRecords } from './put-records-proxy.ts';

export interface FlakyKinesis {
  readonly endpoint: string;
  readonly counts: {
    requests: number;
    records: number;
    /** Records answered with an error code. */
    failed: number;
    /** Responses that were dropped after their records were stored. */
    dropped: number;
    /** Lines of JSON in all records that were sent. */
    events: number;
  };
}

export interface FlakyKinesisOptions {
  /** Of ten records, how many fail. */
  readonly failedOfTen: number;
  /** Of twenty responses, how many are dropped. */
  readonly droppedOfTwenty: number;
  readonly seed: number;
}

export async function startFlakyKinesis(
  upstream: string,
  { failedOfTen, droppedOfTwenty, seed }: FlakyKinesisOptions,
): Promise<FlakyKinesis> {
  const counts = { requests: 0, records: 0, failed: 0, dropped: 0, events: 0 };
  const random = seeded(seed);
  const fails = bag(failedOfTen, 10, random);
  const drops = bag(droppedOfTwenty, 20, random);
  const server = createServer(async (request, response) => {
    const { Records: records, ...rest }: { Records: { Data: string }[] } = JSON.parse(await text(request));
    const verdicts = records.map(fails);
    const isDropped = drops();
    counts.requests += 1;
    counts.records += records.length;
    counts.failed += verdicts.filter(Boolean).length;
    for (const { Data } of records)
      counts.events += Buffer.from(Data, 'base64').toString().split('\n').length - 1;
    const kept = records.filter((_, i) => verdicts[i] === false);
    const stored =
      kept.length === 0 ? [] : await forwardPutRecords(upstream, request.headers, { ...rest, Records: kept });
    if (isDropped) {
      counts.dropped += 1;
      request.socket.destroy();
      return;
    }
    const results = verdicts.map((isFailed) =>
      isFailed
        ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded for shard 0' }
        : stored.shift(),
    );
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ FailedRecordCount: verdicts.filter(Boolean).length, Records: results }));
  });
  await listening(server);
  afterTest(() => closeServer(server));
  return { endpoint: endpointOf(server), counts };
}

/** True for exactly `hits` of each `size` calls, in random order: the share is exact even in small tests. */
function bag(hits: number, size: number, random: () => number): () => boolean {
  let left: boolean[] = [];
  return () => {
    if (left.length === 0) left = Array.from({ length: size }, (_, index) => index < hits);
    return left.splice(Math.floor(random() * left.length), 1)[0] === true;
  };
}

/** A proxy between a client and Kinesis that fails chosen records of a PutRecords, like a busy shard. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterTest } from '../../runner/running-test.ts';
import { closeServer, endpointOf, listening } from '../network/loopback.ts';

/** The code with which this record fails, or undefined to let it through. Attempts count from 1. */
export type Verdict = (data: string, attempt: number) => string | undefined;

export interface PutRecordsProxy {
  readonly endpoint: string;
  /** Data of the records of each PutRecords request. */
  readonly requests: readonly (readonly string[])[];
}

export async function startPutRecordsProxy(upstream: string, verdict: Verdict): Promise<PutRecordsProxy> {
  const requests: string[][] = [];
  const server = createServer(async (request, response) => {
    const { Records: records, ...rest } = JSON.parse(await text(request));
    const data: string[] = records.map(({ Data }: { Data: string }) =>
      Buffer.from(Data, 'base64').toString(),
    );
    requests.push(data);
    const verdicts = data.map((each) => verdict(each, requests.length));
    const kept = records.filter((_: unknown, i: number) => verdicts[i] === undefined);
    const stored =
      kept.length === 0 ? [] : await forwardPutRecords(upstream, request.headers, { ...rest, Records: kept });
    const results = verdicts.map((code) =>
      code === undefined ? stored.shift() : { ErrorCode: code, ErrorMessage: 'Rate exceeded for shard 0' },
    );
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ FailedRecordCount: verdicts.filter(Boolean).length, Records: results }));
  });
  await listening(server);
  afterTest(() => closeServer(server));
  return { endpoint: endpointOf(server), requests };
}

export async function forwardPutRecords(
  upstream: string,
  headers: NodeJS.Dict<string | string[]>,
  body: unknown,
): Promise<unknown[]> {
  const copied = ['authorization', 'content-type', 'x-amz-target', 'x-amz-date'].map(
    (name): [string, string] => [name, String(headers[name])],
  );
  const answer = await fetch(upstream, { method: 'POST', headers: copied, body: JSON.stringify(body) });
  const { Records: records } = await answer.json();
  return records;
}

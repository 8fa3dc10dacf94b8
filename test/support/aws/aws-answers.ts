/** A server that returns one answer to every request, in the exact form of the AWS service. */
import { createServer } from 'node:http';
import { afterTest } from '../../runner/running-test.ts';
import { closeServer, listening, portOf } from '../network/loopback.ts';

export interface AwsAnswer {
  readonly status: number;
  /** @defaultValue application/x-amz-json-1.1 */
  readonly contentType?: string;
  readonly body: string;
}

/** Kinesis and Firehose. */
export const jsonError = (type: string, message: string, status = 400): AwsAnswer => ({
  status,
  body: JSON.stringify({ __type: type, message }),
});

/** S3. */
export const xmlError = (code: string, message: string, status: number): AwsAnswer => ({
  status,
  contentType: 'application/xml',
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>4442587FB7D0A2F9</RequestId><HostId>x</HostId></Error>`,
});

export const STORED: AwsAnswer = {
  status: 200,
  body: JSON.stringify({
    FailedRecordCount: 0,
    Records: [{ SequenceNumber: '1', ShardId: 'shardId-000000000000' }],
  }),
};

export interface AwsServer {
  readonly endpoint: string;
  answerWith(answer: AwsAnswer): void;
}

export async function startAwsServer(first: AwsAnswer, host = '127.0.0.1'): Promise<AwsServer> {
  let answer = first;
  const server = await listening(
    createServer((request, response) => {
      request.resume().on('end', () => {
        const { status, contentType = 'application/x-amz-json-1.1', body } = answer;
        response.writeHead(status, { 'content-type': contentType, 'x-amzn-requestid': 'c0ffee' }).end(body);
      });
    }),
    { host },
  );
  afterTest(() => closeServer(server));
  return {
    endpoint: `http://${host}:${portOf(server)}`,
    answerWith(next) {
      answer = next;
    },
  };
}

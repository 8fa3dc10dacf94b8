/** A fake SQS on loopback: only SendMessageBatch of the JSON protocol, without signature checks. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { closeServer, endpointOf, listening } from '../network/loopback.ts';

const MAX_ENTRIES = 10;
const batch = z.object({
  QueueUrl: z.string(),
  Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })).min(1),
});

export class SqsServer {
  /** Bodies in the order of arrival. */
  readonly bodies: string[] = [];
  requests = 0;
  /** Messages to refuse, in an answer with status 200. */
  refuses: (body: string) => boolean = () => false;
  readonly #server = createServer((request, response) => {
    void text(request).then((body) => {
      this.requests += 1;
      const { Entries: entries } = batch.parse(JSON.parse(body));
      const isTooLong = entries.length > MAX_ENTRIES;
      response.writeHead(isTooLong ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      if (isTooLong) {
        response.end(JSON.stringify({ __type: 'com.amazonaws.sqs#TooManyEntriesInBatchRequest' }));
        return;
      }
      const refused = entries.filter(({ MessageBody }) => this.refuses(MessageBody));
      const taken = entries.filter((entry) => !refused.includes(entry));
      for (const { MessageBody } of taken) this.bodies.push(MessageBody);
      response.end(
        JSON.stringify({
          Successful: taken.map(({ Id, MessageBody }) => ({
            ...{ Id, MessageId: `m-${Id}` },
            MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
          })),
          Failed: refused.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' })),
        }),
      );
    });
  });

  private constructor() {}

  static async start(): Promise<SqsServer> {
    const server = new SqsServer();
    await listening(server.#server);
    return server;
  }

  get endpoint(): string {
    return endpointOf(this.#server);
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }
}

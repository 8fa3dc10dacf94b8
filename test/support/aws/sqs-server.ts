/** A stand-in for SQS on loopback: SendMessageBatch over its JSON protocol, nothing else. It checks no signature. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';

const MAX_ENTRIES = 10;
const batch = z.object({
  QueueUrl: z.string(),
  Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })).min(1),
});

export class SqsServer {
  /** Bodies in the order of arrival. */
  readonly bodies: string[] = [];
  requests = 0;
  /** Whether a message is refused, in an answer that is 200. */
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
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get endpoint(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { LAKE_PREFIXES } from '@kinetrack/schema';
import { type Deletions, ObjectNotFound, type ObjectStore } from '../../pipeline/ports.ts';

export interface SqsDeletionsOptions {
  readonly client: SQSClient;
  /** Of the function that deletes. */
  readonly queueUrl: string;
  /** The lake: receipts lie there. */
  readonly store: ObjectStore;
  readonly newId: () => string;
}

/** Deletion by a queue: the message survives whatever happens to the function, the receipt is an object of the lake. */
export class SqsDeletions implements Deletions {
  constructor(private readonly options: SqsDeletionsOptions) {}

  async request(userId: string, requestedBy: string): Promise<{ readonly id: string }> {
    const { client, queueUrl: QueueUrl, newId } = this.options;
    const id = newId();
    const MessageBody = JSON.stringify({ forget: { id, user_id: userId, requested_by: requestedBy } });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    return { id };
  }

  async find(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of this.options.store.read(`${LAKE_PREFIXES.deletions}receipts/${id}.json`)) {
        chunks.push(chunk);
      }
    } catch (error) {
      if (error instanceof ObjectNotFound) return undefined;
      throw error;
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  }
}

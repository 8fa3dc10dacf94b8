import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeletionReceipt } from '@kinetrack/schema';
import { loadReceipt } from '../pipeline/deletion/index.ts';
import type { Deletions, ObjectStore } from '../pipeline/lake/ports.ts';

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
    const MessageBody = JSON.stringify({ delete: { id, user_id: userId, requested_by: requestedBy } });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    return { id };
  }

  find(id: string): Promise<DeletionReceipt | undefined> {
    return loadReceipt(this.options.store, id);
  }
}

import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeletionReceipt } from '@kinetrack/schema';
import { loadReceipt } from '../pipeline/deletion/index.ts';
import type { Deletions, ObjectStore } from '../pipeline/lake/ports.ts';

export interface SqsDeletionsOptions {
  readonly client: SQSClient;
  /** The queue of the deletion function. */
  readonly queueUrl: string;
  /** The lake, which has the receipts. */
  readonly store: ObjectStore;
  readonly newId: () => string;
}

/**
 * Requests deletions through a queue, whose message survives a failure of the function. The receipt is
 * an object in the lake.
 */
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

import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { chunksOf } from '../stores/dynamo-batches.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MAX_MESSAGES = 10;

/** SQS took a part of the messages, or none. */
export class SlicesNotSent extends Error {
  readonly code = 'slices_not_sent';
  constructor(count: number, why: string) {
    super(`${count} slices could not be handed to their queue (${why}); the message that asked comes again`);
    this.name = 'SlicesNotSent';
  }
}

/** Hands the bodies to a queue; resolves once all of them are in it. Sent again, a slice is computed twice, to the same end. */
export async function sendSlices(
  client: SQSClient,
  queueUrl: string,
  bodies: readonly string[],
): Promise<void> {
  for (const chunk of chunksOf(bodies, MAX_MESSAGES)) {
    const { Failed: failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: chunk.map((body, index) => ({ Id: String(index), MessageBody: body })),
      }),
    );
    if (failed.length > 0) throw new SlicesNotSent(failed.length, failed[0]?.Code ?? 'no reason given');
  }
}

/** Messages of the rollup queues: S3 notifications, requests to recompute hours, and slices. */
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { UtcHour } from '@kinetrack/schema';
import * as z from 'zod';
import { touchedHours } from '../../pipeline/lake/keys.ts';
import { checkSlice, MAX_SLICES, type Slice } from '../../pipeline/lake/slices.ts';
import { chunksOf } from '../stores/dynamo-batches.ts';

const sqsEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });
export type QueueMessage = z.infer<typeof sqsEvent>['Records'][number];

const s3Notification = z.object({
  Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })),
});
/** S3 sends it once when a notification is configured. */
const s3TestEvent = z.object({ Event: z.literal('s3:TestEvent') });

const utcHour = z.object({ dt: z.iso.date(), hour: z.string().regex(/^([01]\d|2[0-3])$/) });
/** A request to recompute hours after a change of rules or a replay. */
const recompute = z.object({ recompute: z.array(utcHour).min(1) });
/** Sent by this function to itself. */
const slice = z.object({
  slice: utcHour.extend({
    index: z.int().min(0),
    of: z.int().min(1).max(MAX_SLICES),
  }),
});

/** A parsed message: whole hours, or one slice of an hour. */
export type RollupCommand =
  | { readonly kind: 'hours'; readonly hours: readonly UtcHour[] }
  | { readonly kind: 'slice'; readonly hour: UtcHour; readonly slice: Slice };

export class MalformedMessage extends Error {
  readonly code = 'malformed_message';
  constructor(why: string, options?: ErrorOptions) {
    super(
      `the message must be an S3 notification, {"recompute":[{"dt":"2026-11-20","hour":"09"}]} or a slice: ${why}`,
      options,
    );
    this.name = 'MalformedMessage';
  }
}

/** The messages of an invocation. @throws ZodError if the event is not from SQS */
export const queueMessages = (event: unknown): readonly QueueMessage[] => sqsEvent.parse(event).Records;

/**
 * Parses a message. Test events of S3, and objects without samples, give no hours.
 * @throws MalformedMessage
 */
export function parseMessage(body: string): RollupCommand {
  const message = parseJson(body);
  const hours = recompute.safeParse(message);
  if (hours.success) return { kind: 'hours', hours: hours.data.recompute };
  const oneSlice = slice.safeParse(message);
  if (oneSlice.success) {
    const { dt, hour, index, of } = oneSlice.data.slice;
    return { kind: 'slice', hour: { dt, hour }, slice: checked({ index, of }) };
  }
  if (s3TestEvent.safeParse(message).success) return { kind: 'hours', hours: [] };
  const announced = s3Notification.safeParse(message);
  if (!announced.success) throw new MalformedMessage(z.prettifyError(announced.error));
  const keys = announced.data.Records.map((record) => decodeKey(record.s3.object.key));
  return { kind: 'hours', hours: touchedHours(keys) };
}

export const sliceMessage = ({ dt, hour }: UtcHour, { index, of }: Slice): string =>
  JSON.stringify({ slice: { dt, hour, index, of } });

function checked(value: Slice): Slice {
  try {
    return checkSlice(value);
  } catch (cause) {
    throw new MalformedMessage(cause instanceof Error ? cause.message : 'wrong slice', { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedMessage('its body is not JSON', { cause });
  }
}

/** S3 encodes keys like form data: `=` is `%3D`, a space is `+`. */
function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch (cause) {
    throw new MalformedMessage(`the key ${encoded} is not URL-encoded`, { cause });
  }
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MAX_MESSAGES = 10;

/** SQS accepted only some of the messages, or none. */
export class SlicesNotSent extends Error {
  readonly code = 'slices_not_sent';
  constructor(count: number, why: string) {
    super(`SQS did not accept ${count} slices (${why}); the message is delivered again`);
    this.name = 'SlicesNotSent';
  }
}

/**
 * Sends slices to the queue. Resolves once all are accepted. A repeated slice is computed twice with
 * the same result.
 */
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

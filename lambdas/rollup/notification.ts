/** What the queue delivers: SQS messages, each with a notification of S3 as its body. */
import * as z from 'zod';

const sqsEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });
export type QueueMessage = z.infer<typeof sqsEvent>['Records'][number];

const s3Notification = z.union([
  z.object({ Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })) }),
  // S3 sends one when the notification is configured, to see whether it may.
  z.object({ Event: z.literal('s3:TestEvent') }),
]);

export class MalformedNotification extends Error {
  readonly code = 'malformed_notification';
  constructor(why: string, options?: ErrorOptions) {
    super(`the message is no notification of S3: ${why}`, options);
    this.name = 'MalformedNotification';
  }
}

/** The messages of an invocation; throws a ZodError where it does not come from SQS. */
export const queueMessages = (event: unknown): readonly QueueMessage[] => sqsEvent.parse(event).Records;

/** Keys of the objects that a message announces; none for S3's test event. Throws MalformedNotification. */
export function announcedKeys(body: string): readonly string[] {
  const parsed = s3Notification.safeParse(parseJson(body));
  if (!parsed.success) throw new MalformedNotification(z.prettifyError(parsed.error));
  return 'Records' in parsed.data ? parsed.data.Records.map((record) => decodeKey(record.s3.object.key)) : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedNotification('its body is not JSON', { cause });
  }
}

/** S3 encodes keys as a form does: `=` is `%3D`, a space is `+`. */
function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch (cause) {
    throw new MalformedNotification(`the key ${encoded} is not URL-encoded`, { cause });
  }
}

/**
 * Response to `POST /track`: the stored events by seq. The request contains events of the device of the
 * token, as JSON lines (`application/x-ndjson`, gzip). The status is 200 even if every event was rejected;
 * errors have an apiErrorBody.
 *
 * The list is the acknowledgement. Senders delete only listed events, and ignore a response that lists
 * events they did not send. A 200 from another server, such as a captive portal, then deletes nothing.
 */
import * as z from 'zod';

const seq = z.int().min(1);

/** First and last seq, inclusive. */
export const seqRange = z.tuple([seq, seq]).check((context) => {
  const [from, to] = context.value;
  if (from <= to) return;
  context.issues.push({ code: 'custom', message: `must not end before it starts (${from})`, input: to });
});

// Not strict: newer servers can add fields.
export const trackAnswer = z.object({
  acknowledged: z.array(seqRange).meta({
    description: 'Durably stored by this or an earlier request. A resent event gets the same response.',
  }),
  rejected: z
    .array(
      z.object({
        seq,
        code: z
          .string()
          .regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be lower-case letters, digits and _')
          .meta({ description: 'Stable reason code: too_large, not_json, unknown_activity_type, ...' }),
        reason: z
          .string()
          .meta({ description: 'One sentence with the rule and the remedy, without captured data.' }),
      }),
    )
    .meta({ description: 'Permanently rejected. Do not resend them.' }),
  send_every_s: z.int().min(1).max(3600).optional().meta({
    description: 'Interval in which a device sends once, at its own offset. Default: twice a minute.',
  }),
});
export type TrackAnswer = z.infer<typeof trackAnswer>;

/** Error code (401) of an expired or revoked token. */
export const TOKEN_EXPIRED = 'token_expired';

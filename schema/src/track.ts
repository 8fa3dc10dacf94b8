/**
 * What a server answers to `POST /track`: which events it has, by their seq. The request holds events of one device,
 * the one that its token stands for, as JSON lines (`application/x-ndjson`, gzip). Answered with 200, also where
 * every event was refused; an error has a body as apiErrorBody.
 *
 * The list is the proof. A sender forgets only what is listed, and believes no list that names what it did not send:
 * whatever else answers in the server's place, a portal of a hotel with its 200, then deletes nothing.
 */
import * as z from 'zod';

const seq = z.int().min(1);

/** First and last seq, both included. */
export const seqRange = z.tuple([seq, seq]).check((context) => {
  const [from, to] = context.value;
  if (from <= to) return;
  context.issues.push({ code: 'custom', message: `must not end before it starts (${from})`, input: to });
});

// Not strict: a server that is newer may say more.
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

/** Code of the error with 401 for a token that was good once. */
export const TOKEN_EXPIRED = 'token_expired';

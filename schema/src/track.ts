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
  context.issues.push({ code: 'custom', message: `must not end before it begins (${from})`, input: to });
});

// Not strict: a server that is newer may say more.
export const trackAnswer = z.object({
  acknowledged: z
    .array(seqRange)
    .meta({ description: 'Stored durably, now or before: a device that sends again gets the same answer.' }),
  rejected: z
    .array(
      z.object({
        seq,
        code: z
          .string()
          .regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be lower-case letters, digits and _')
          .meta({ description: 'Stable and countable: too_large, not_json, unknown_activity_type, ...' }),
        reason: z.string().meta({ description: 'One sentence: the rule and the remedy, nothing captured.' }),
      }),
    )
    .meta({ description: 'Will never be stored: sending them again is of no use.' }),
  send_every_s: z.int().min(1).max(3600).optional().meta({
    description:
      'How often the device may send: at a moment of its own in each period. Without it, twice a minute.',
  }),
});
export type TrackAnswer = z.infer<typeof trackAnswer>;

/** Code of the error with 401 for a token that was good once. */
export const TOKEN_EXPIRED = 'token_expired';

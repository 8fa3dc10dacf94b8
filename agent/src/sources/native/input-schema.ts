/** Strict schema of the capture process's messages in the parent: only counts and classes pass. */
import { activityShapes } from '@kinetrack/schema';
import * as z from 'zod';
import { FAILURE_CAUSES, type MomentBody } from './input-message.ts';

const count = z.int32().min(0);
const agoMs = z.number().min(0);

const bodyOf = <T extends MomentBody['activity_type']>(type: T) =>
  z.strictObject({ activity_type: z.literal(type), ...activityShapes[type] });

const intervalCounts = z.strictObject({
  agoMs,
  keys: count,
  clicks: count,
  scrolls: count,
  distancePx: count,
});
const moment = z.strictObject({
  agoMs,
  body: z.discriminatedUnion('activity_type', [
    bodyOf('mouse_move'),
    bodyOf('mouse_click'),
    bodyOf('mouse_scroll'),
    bodyOf('key_press'),
    bodyOf('word'),
  ]),
});

export const inputMessageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('failed'), cause: z.enum(FAILURE_CAUSES) }),
  z.strictObject({
    kind: z.literal('batch'),
    counts: z.array(intervalCounts),
    moments: z.array(moment),
  }),
]);
export type InputBatch = Extract<z.infer<typeof inputMessageSchema>, { kind: 'batch' }>;

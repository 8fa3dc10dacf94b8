/** Fields of every event. */
import * as z from 'zod';
import { utcTimestamp } from './time.ts';

export const SCHEMA_VERSION = 1;

const identifier = z.string().min(1).max(128);

export const envelopeShape = {
  schema_version: z
    .literal(SCHEMA_VERSION)
    .meta({ column: 'int', description: 'Version of the event schema.' }),
  event_id: identifier.meta({ description: 'Identifier of the event: `<device_id>:<seq>`.' }),
  device_id: z.uuid().meta({ description: 'Random identifier of the installation.' }),
  seq: z.int().min(1).meta({
    description: 'Number of the event in its installation: from 1, without gaps, never reused.',
  }),
  session_id: z.uuid().meta({ description: 'Identifier of one run of the tracker.' }),
  user_id: identifier.meta({
    description: 'Identifier of the person; set by the server if devices authenticate.',
  }),
  ts: utcTimestamp.meta({
    description: 'Time of the event, or start of its interval, in UTC: `2026-11-20T09:10:11.123Z`.',
  }),
  utc_offset_min: z
    .int32()
    .min(-14 * 60)
    .max(14 * 60)
    .meta({ description: 'Offset of the local clock from UTC at that time.' }),
  time_zone: z.string().min(1).max(64).meta({ description: 'IANA name of the time zone at that time.' }),
  agent_version: z.string().min(1).max(64).meta({ description: 'Version of the agent.' }),
} as const;

/** What stands on every event. */
import * as z from 'zod';
import { utcTimestamp } from './time.ts';

export const SCHEMA_VERSION = 1;

const identifier = z.string().min(1).max(128);

export const envelopeShape = {
  schema_version: z.literal(SCHEMA_VERSION).meta({ column: 'int', description: 'Version of this schema.' }),
  event_id: identifier.meta({ description: '`<device_id>:<seq>`.' }),
  device_id: z.uuid().meta({ description: 'Random identifier of the installation, never the host name.' }),
  seq: z.int().min(1).meta({
    description:
      'Number within the installation: starts at 1, contiguous, never reused. For deduplication and gap detection.',
  }),
  session_id: z.uuid().meta({ description: 'One per tracker start.' }),
  user_id: identifier.meta({ description: 'User ID; set by the server if devices authenticate.' }),
  ts: utcTimestamp.meta({ description: 'Time of the event (start of an interval), UTC.' }),
  utc_offset_min: z
    .int32()
    .min(-14 * 60)
    .max(14 * 60)
    .meta({ description: 'Minutes by which the local clock was ahead of UTC at that time.' }),
  time_zone: z.string().min(1).max(64).meta({ description: 'IANA time zone name at that time.' }),
  agent_version: z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'Version of the agent that wrote the event.' }),
} as const;

import { z } from 'zod';
import { eventSchemas } from './event.ts';

/** JSON Schema (draft 2020-12) of the event, for producers in other languages. */
export function eventJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(z.discriminatedUnion('activity_type', [...unionMembers()]), {
    target: 'draft-2020-12',
  });
}

function unionMembers() {
  const { sample, ...rest } = eventSchemas;
  return [sample, ...Object.values(rest)] as const;
}

import * as z from 'zod';
import { eventSchemas } from './event.ts';

/** JSON Schema (draft 2020-12) of the event, for producers in other languages. */
export function eventJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(z.discriminatedUnion('activity_type', [...unionMembers()]), {
    target: 'draft-2020-12',
    // Our own note for the column types; a strict validator stops at a keyword that it does not know.
    override: ({ jsonSchema }) => {
      delete jsonSchema.column;
    },
  });
}

function unionMembers() {
  const { sample, ...rest } = eventSchemas;
  return [sample, ...Object.values(rest)] as const;
}

import * as z from 'zod';
import { kinetrackConfig } from './config.ts';
import { eventSchemas } from './event.ts';
import { installationSettings } from './settings.ts';

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

/** JSON Schema (draft 2020-12) of `config.json`, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  // With the defaults, which the parsed file leaves to the tracker.
  const documented = z
    .strictObject({ ...kinetrackConfig.shape, ...installationSettings })
    .meta({ title: 'Kinetrack configuration' });
  return z.toJSONSchema(documented, {
    target: 'draft-2020-12',
    io: 'input',
    // Our own note; a strict validator stops at a keyword that it does not know.
    override: ({ jsonSchema }) => {
      delete jsonSchema.otherwise;
    },
  });
}

import * as z from 'zod';
import { kinetrackConfig } from './config.ts';
import { eventSchemas } from './event.ts';
import { installationSettings } from './settings.ts';

/** JSON Schema (draft 2020-12) of the event, for producers in other languages. */
export function eventJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(z.discriminatedUnion('activity_type', [...unionMembers()]), {
    target: 'draft-2020-12',
    // Internal metadata for column types; strict validators reject unknown keywords.
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
  // With the defaults, which kinetrackConfig leaves to the tracker.
  const documented = z
    .strictObject({ ...kinetrackConfig.shape, ...installationSettings })
    .meta({ title: 'Kinetrack configuration' });
  return z.toJSONSchema(documented, {
    target: 'draft-2020-12',
    io: 'input',
    // Internal metadata; strict validators reject unknown keywords.
    override: ({ jsonSchema }) => {
      delete jsonSchema.otherwise;
    },
  });
}

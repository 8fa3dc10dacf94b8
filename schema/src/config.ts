/** The configuration file of one installation: `config.json` in the data directory. */
import * as z from 'zod';
import { ruleSet } from './rules.ts';

export const TITLE_MODES = ['full', 'redacted', 'off'] as const;
export type TitleMode = (typeof TITLE_MODES)[number];
export const DETAILS = ['events', 'counts'] as const;
export type Detail = (typeof DETAILS)[number];

export const kinetrackConfig = z.strictObject({
  user_id: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .meta({ description: "Default: the operating system's user name." }),
  detail: z
    .enum(DETAILS)
    .optional()
    .meta({ description: 'events (default): single events as well; counts: only the packed minute.' }),
  title_mode: z.enum(TITLE_MODES).optional().meta({ description: 'Default: redacted.' }),
  idle_threshold_s: z.number().min(1).max(3600).optional().meta({ description: 'Default: 5.' }),
  mouse_move_interval_ms: z.int().min(50).max(60_000).optional().meta({ description: 'Default: 500.' }),
  rules: ruleSet.partial().optional().meta({ description: 'Replaces these parts of the default rule set.' }),
});
export type KinetrackConfig = z.infer<typeof kinetrackConfig>;

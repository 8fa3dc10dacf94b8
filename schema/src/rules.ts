/** The rule set of the verdicts: thresholds and lists, versioned, changeable without a release. */
import * as z from 'zod';

const pattern = z.string().min(1).max(256);

/** All fields that are given must match; case does not matter; `*` stands for any characters. */
export const matcher = z
  .strictObject({ app: pattern.optional(), site: pattern.optional(), title: pattern.optional() })
  .refine(
    ({ app, site, title }) => (app ?? site ?? title) !== undefined,
    'must name an app, a site or a title',
  );
export type Matcher = z.infer<typeof matcher>;

export const ruleSet = z.strictObject({
  version: z.string().min(1).max(64).meta({ description: 'Stored with every verdict.' }),
  bucket_s: z.literal(60).meta({ description: 'Seconds per verdict.' }),
  interaction: z
    .strictObject({ min_interactions: z.int().min(1), min_keys: z.int().min(1), min_clicks: z.int().min(1) })
    .meta({
      description:
        'Each threshold alone makes a minute productive. Interactions are keys, clicks and scroll steps.',
    }),
  presence: z
    .strictObject({
      min_distance_px: z.int().min(0),
      min_moving_s: z.int().min(1).max(60),
      max_idle_s: z.int().min(1),
      max_distraction_ratio: z.number().min(0).max(1),
    })
    .meta({ description: 'All thresholds together make a minute of reading productive.' }),
  meeting: z.array(matcher).max(1000),
  non_productive: z.array(matcher).max(1000),
});
export type RuleSet = z.infer<typeof ruleSet>;

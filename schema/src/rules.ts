/** The rule set of the verdicts: thresholds and lists, versioned and configurable. */
import * as z from 'zod';

const pattern = z.string().min(1).max(256);

/** All given fields must match, case-insensitively; `*` matches any characters. */
export const matcher = z
  .strictObject({
    app: pattern.optional().meta({ description: 'Name of the application.' }),
    site: pattern.optional().meta({ description: 'Website or service in a browser.' }),
    title: pattern.optional().meta({ description: 'Window title as it is stored.' }),
  })
  .refine(
    ({ app, site, title }) => (app ?? site ?? title) !== undefined,
    'must name an app, a site or a title',
  );
export type Matcher = z.infer<typeof matcher>;

export const MAX_LIST_ENTRIES = 1000;
export const matcherList = z.array(matcher).max(MAX_LIST_ENTRIES);

export const ruleSet = z.strictObject({
  version: z.string().min(1).max(64).meta({ description: 'Version recorded with every verdict.' }),
  bucket_s: z.literal(60).meta({ description: 'Seconds that one verdict covers.' }),
  interaction: z
    .strictObject({
      min_interactions: z.int().min(1).meta({ description: 'Keys, clicks and scroll steps together.' }),
      min_keys: z.int().min(1).meta({ description: 'Keystrokes.' }),
      min_clicks: z.int().min(1).meta({ description: 'Mouse clicks.' }),
    })
    .meta({ description: 'Activity in one minute; one threshold reached makes the minute productive.' }),
  presence: z
    .strictObject({
      min_distance_px: z.int().min(0).meta({ description: 'Path of the mouse in pixels.' }),
      min_moving_s: z.int().min(1).max(60).meta({ description: 'Seconds with mouse movement.' }),
      max_idle_s: z
        .int()
        .min(1)
        .meta({ description: 'Upper bound of the longest pause; the pause must be shorter.' }),
      max_distraction_ratio: z.number().min(0).max(1).meta({
        description: 'Share of the time with a distracting window in sight.',
      }),
    })
    .meta({ description: 'Signs of reading in one minute; all together make the minute productive.' }),
  meeting: matcherList.meta({ description: 'Windows that count as productive without input.' }),
  non_productive: matcherList.meta({ description: 'Windows that count as non-productive despite input.' }),
});
export type RuleSet = z.infer<typeof ruleSet>;

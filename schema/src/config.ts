/** The configuration file of one installation: `config.json` in the data directory. */
import * as z from 'zod';
import { ruleSet } from './rules.ts';

export const TITLE_MODES = ['full', 'redacted', 'off'] as const;
export type TitleMode = (typeof TITLE_MODES)[number];
export const DETAILS = ['events', 'counts'] as const;
export const KEY_STORES = ['auto', 'file'] as const;
export type KeyStore = (typeof KEY_STORES)[number];
export type Detail = (typeof DETAILS)[number];

const awsPlace = {
  region: z.string().min(1).max(64).optional().meta({ description: 'Default: AWS_REGION or the profile.' }),
  endpoint: z.url().optional().meta({ description: 'A VPC endpoint or an emulator. Default: the region.' }),
};

/** Where events go. */
export const destinationConfig = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('local') }).meta({ description: 'The lake on this machine.' }),
  z.strictObject({ kind: z.literal('kinesis'), stream_name: z.string().min(1).max(128), ...awsPlace }),
  z.strictObject({
    kind: z.literal('firehose'),
    delivery_stream_name: z.string().min(1).max(64),
    ...awsPlace,
  }),
  z.strictObject({
    kind: z.literal('http'),
    url: z.url().meta({ description: 'Address of the server; /track is added to it.' }),
    token_file: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'File with the device token. Default: the variable KINETRACK_DEVICE_TOKEN.' }),
  }),
  z.strictObject({
    kind: z.literal('file'),
    dir: z.string().min(1).meta({ description: 'Folder of the JSON lines.' }),
    upload: z
      .strictObject({
        bucket: z.string().min(3).max(63),
        prefix: z.string().max(512).optional(),
        ...awsPlace,
      })
      .optional()
      .meta({ description: 'Moves finished files to S3. Default: they stay.' }),
  }),
]);
export type DestinationConfig = z.infer<typeof destinationConfig>;

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
  destination: destinationConfig.optional().meta({ description: 'Default: local.' }),
  key_store: z.enum(KEY_STORES).optional().meta({
    description:
      "auto (default): the key of the queue in the system's keystore; file: in a file of the user.",
  }),
  queue_max_mib: z.int().min(2).max(65_536).optional().meta({
    description: 'Disk space of the queue; above it the oldest events go, counted. Default: 256.',
  }),
  rules: ruleSet.partial().optional().meta({ description: 'Replaces these parts of the default rule set.' }),
});
export type KinetrackConfig = z.infer<typeof kinetrackConfig>;

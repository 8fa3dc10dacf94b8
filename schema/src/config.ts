/** `config.json` in the data directory: the configuration of one installation. */
import * as z from 'zod';
import { ruleChanges } from './rule-changes.ts';
import { givenSettings } from './settings.ts';

/** Stream name of Kinesis or Firehose. */
const streamName = (max: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[a-zA-Z0-9_.-]{1,${max}}$`),
      `must be a name of 1 to ${max} letters, digits, _ . -, not an ARN`,
    );
export const kinesisStreamName = streamName(128);
export const firehoseStreamName = streamName(64);

export const awsRegion = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'must be a region such as eu-central-1')
  .meta({ description: 'AWS region.', otherwise: '`AWS_REGION` or the AWS profile' });

/** Endpoint of an AWS client. Passwords are rejected, because the destination is displayed. */
export const awsEndpoint = z
  .string()
  .refine(isHttpAddress, 'must be an address with its scheme, such as http://localhost:4567')
  .refine((text) => !isHttpAddress(text) || !hasUser(text), 'must be an address without a user or a password')
  .meta({
    description: 'Address of a VPC endpoint or an emulator.',
    otherwise: "the region's own endpoint",
  });

function isHttpAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
function hasUser(text: string): boolean {
  const { username, password } = new URL(text);
  return username !== '' || password !== '';
}

const awsPlace = { region: awsRegion.optional(), endpoint: awsEndpoint.optional() };

/** Destination of events. */
export const destinationConfig = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('local') })
    .meta({ description: 'Store events in the lake on this machine.' }),
  z
    .strictObject({
      kind: z.literal('kinesis'),
      stream_name: kinesisStreamName.meta({ description: 'Name of the stream.' }),
      ...awsPlace,
    })
    .meta({ description: 'Send events to a Kinesis stream.' }),
  z
    .strictObject({
      kind: z.literal('firehose'),
      delivery_stream_name: firehoseStreamName.meta({ description: 'Name of the Firehose stream.' }),
      ...awsPlace,
    })
    .meta({ description: 'Send events to a Firehose stream.' }),
  z
    .strictObject({
      kind: z.literal('http'),
      url: z
        .string()
        .refine(isHttpAddress, 'must be an address such as https://kinetrack.example.com')
        .meta({ description: 'Address of the server, without `/track`. `https` unless it is this machine.' }),
      token_file: z.string().min(1).optional().meta({
        description: 'File with the device token; a relative path starts at the data directory.',
        otherwise: 'the variable `KINETRACK_DEVICE_TOKEN`',
      }),
    })
    .meta({ description: 'Send events to a Kinetrack server.' }),
  z
    .strictObject({
      kind: z.literal('file'),
      dir: z.string().min(1).meta({
        description: 'Folder of the JSON lines files; a relative path starts at the data directory.',
      }),
      upload: z
        .strictObject({
          bucket: z
            .string()
            .regex(
              /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
              'must be the name of a bucket: 3 to 63 of a-z, 0-9, . and -',
            )
            .meta({ description: 'S3 bucket.' }),
          prefix: z.string().max(512).optional().meta({
            description: 'Start of the object keys; end it with a slash.',
            otherwise: 'no prefix',
          }),
          ...awsPlace,
        })
        .optional()
        .meta({
          description: 'S3 bucket that finished files are moved to.',
          otherwise: 'files stay in the folder',
        }),
    })
    .meta({ description: 'Write events to files.' }),
]);
export type DestinationConfig = z.infer<typeof destinationConfig>;

export const kinetrackConfig = z.strictObject({
  $schema: z.string().optional().meta({ description: 'JSON Schema of this file, for editors.' }),
  ...givenSettings.shape,
  destination: destinationConfig.optional().meta({ description: 'Destination of the events.' }),
  rules: ruleChanges.optional().meta({ description: 'Changes to the default rules of the verdicts.' }),
});
export type KinetrackConfig = z.infer<typeof kinetrackConfig>;

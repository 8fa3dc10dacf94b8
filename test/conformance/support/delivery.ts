/** The Firehose of the synthesized templates. */
import * as z from 'zod';
import type { DeliveryConfiguration } from '../../../pipeline/delivery.ts';
import type { SynthesizedStack } from './synthesized.ts';

const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })),
});

/** As far as the local Firehose and these tests read it; the local Firehose checks the rest itself. */
const deliveryStream = z.object({
  ExtendedS3DestinationConfiguration: z.custom<DeliveryConfiguration>(
    (value) => typeof value === 'object' && value !== null && 'BucketARN' in value,
  ),
});

/** The destination of the first delivery stream. */
export function deliveryOf(stacks: readonly SynthesizedStack[]): DeliveryConfiguration {
  const [properties] = stacks
    .flatMap((stack) => Object.values(template.parse(stack.template).Resources))
    .filter(({ Type }) => Type === 'AWS::KinesisFirehose::DeliveryStream')
    .map(({ Properties }) => deliveryStream.parse(Properties));
  if (properties === undefined) throw new Error('no template has a delivery stream');
  return properties.ExtendedS3DestinationConfiguration;
}

/** The jq program that takes the partition keys out of a record. */
export function queryOf(configuration: DeliveryConfiguration): string {
  const parameters = configuration.ProcessingConfiguration?.Processors?.flatMap(
    ({ Parameters = [] }) => Parameters,
  );
  const query = parameters?.find(({ ParameterName }) => ParameterName === 'MetadataExtractionQuery');
  if (query === undefined) throw new Error('the delivery stream extracts no partition keys');
  return query.ParameterValue;
}

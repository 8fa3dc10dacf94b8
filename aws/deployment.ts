/**
 * Where the parts of a deployment are, by the outputs of its CloudFormation stacks: commands for the cloud take
 * `--stack Kinetrack` and find bucket, stream and tables by themselves.
 */
import type { CloudFormationClient, Stack } from '@aws-sdk/client-cloudformation';

/** Names of the outputs, once: the constructs write them, this file reads them. */
export const OUTPUTS = [
  'LakeBucketName',
  'LakeKeyArn',
  'StreamName',
  'DeliveryStreamName',
  'RollupQueueUrl',
  'DeletionQueueUrl',
  'RollupSlices',
  'RawRetentionDays',
  'SummariesTableName',
  'DevicesTableName',
  'DatabaseName',
  'WorkgroupName',
  'ApiUrl',
  'DashboardUrl',
] as const;
export type OutputName = (typeof OUTPUTS)[number];

export class DeploymentNotFound extends Error {
  readonly code = 'deployment_not_found';
  constructor(message: string) {
    super(message);
    this.name = 'DeploymentNotFound';
  }
}

export interface Deployment {
  /** The output; throws DeploymentNotFound where no stack has it. */
  require(name: OutputName): string;
  find(name: OutputName): string | undefined;
}

/**
 * The stacks of a deployment: `Kinetrack` for those of this repository's app (`KinetrackLake`, ...), or the one stack of
 * an app that uses `ActivityPipeline`. CDK adds a path and a hash to the outputs of constructs: they are looked up by
 * the end of their export-free name.
 */
export async function findDeployment(client: CloudFormationClient, name: string): Promise<Deployment> {
  const { paginateDescribeStacks } = await import('@aws-sdk/client-cloudformation');
  const stacks: Stack[] = [];
  for await (const page of paginateDescribeStacks({ client }, {})) {
    stacks.push(...(page.Stacks ?? []).filter(({ StackName }) => isPartOf(name, StackName)));
  }
  if (stacks.length === 0) {
    throw new DeploymentNotFound(
      `--stack ${name}: this account and region have no stack ${name} or ${name}Lake; list the stacks with \`aws cloudformation list-stacks\``,
    );
  }
  return deploymentOf(name, stacks);
}

function deploymentOf(name: string, stacks: readonly Stack[]): Deployment {
  const outputs = new Map<string, string>();
  for (const { OutputKey, OutputValue } of stacks.flatMap((stack) => stack.Outputs ?? [])) {
    const known = LONGEST_FIRST.find(
      (output) => OutputKey === output || pathAndHash(output).test(OutputKey ?? ''),
    );
    if (known !== undefined && OutputValue !== undefined) outputs.set(known, OutputValue);
  }
  return {
    find: (output) => outputs.get(output),
    require(output) {
      const value = outputs.get(output);
      if (value !== undefined) return value;
      throw new DeploymentNotFound(
        `--stack ${name}: ${stacks.map(({ StackName }) => StackName).join(', ')} has no output ${output}; deploy the current version of the stacks first`,
      );
    },
  };
}

/** Of this repository's app, one for each part. */
const PARTS = ['Lake', 'Identity', 'Ingestion', 'Rollup', 'Catalog', 'Api', 'Observability'];

/** By the whole name: `Kinetrack` is not `KinetrackStaging`. */
const isPartOf = (name: string, stackName: string | undefined): boolean =>
  stackName === name || PARTS.some((part) => stackName === name + part);

/** `DeliveryStreamName` ends in `StreamName`: the longer name is tried first. */
const LONGEST_FIRST = OUTPUTS.toSorted((a, b) => b.length - a.length);

/** The logical id that CDK gives an output within constructs: `ActivityLakeBucketName0A1B2C3D`. */
const pathAndHash = (output: string): RegExp => new RegExp(`${output}[0-9A-F]{8}$`);

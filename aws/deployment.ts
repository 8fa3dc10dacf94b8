/**
 * Finds the resources of a deployment by the outputs of its CloudFormation stacks, for commands with
 * `--stack NAME`.
 */
import type { CloudFormationClient, Stack } from '@aws-sdk/client-cloudformation';

/** Names of the outputs, as the constructs write them. */
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
  /** Value of an output. @throws DeploymentNotFound without it */
  require(name: OutputName): string;
  find(name: OutputName): string | undefined;
}

/**
 * Finds the stacks of a deployment: `Kinetrack` for the stacks of this app (`KinetrackLake`, ...), or
 * the single stack of an app that uses `ActivityPipeline`. CDK adds the construct path and a hash to
 * output names, so outputs are matched by the end of their name.
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

/** Suffixes of the stacks of this app. */
const PARTS = ['Lake', 'Identity', 'Ingestion', 'Rollup', 'Catalog', 'Api', 'Observability'];

/** Matches the whole name: `Kinetrack` does not match `KinetrackStaging`. */
const isPartOf = (name: string, stackName: string | undefined): boolean =>
  stackName === name || PARTS.some((part) => stackName === name + part);

/** `DeliveryStreamName` ends in `StreamName`, so longer names are tried first. */
const LONGEST_FIRST = OUTPUTS.toSorted((a, b) => b.length - a.length);

/** The logical ID that CDK gives an output in a construct: `ActivityLakeBucketName0A1B2C3D`. */
const pathAndHash = (output: string): RegExp => new RegExp(`${output}[0-9A-F]{8}$`);

/** Requests a deletion in a deployment through its queue, and waits for the receipt in its lake. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import {
  type DeletionProgress,
  type DeletionReceipt,
  type DeletionRequest,
  formatUtc,
} from '@kinetrack/schema';
import { loadProgress, loadReceipt } from '../pipeline/deletion/index.ts';
import type { ObjectStore } from '../pipeline/lake/ports.ts';
import { clientSettings } from './client-settings.ts';
import { findDeployment } from './deployment.ts';

export interface DeploymentDeletionOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly store: ObjectStore;
  readonly request: DeletionRequest;
  /** Resolves after `ms`. */
  readonly wait: (ms: number) => Promise<void>;
  /** Number of attempts to read the receipt. 0 does not wait for it. */
  readonly looks: number;
  /** Called when the state of the deletion changes. */
  readonly onProgress: (state: string) => void;
}

const LOOK_EVERY_MS = 5_000;

/** Resolves to the receipt; undefined if it does not exist yet. The deletion continues in any case. */
export async function deleteInDeployment(
  options: DeploymentDeletionOptions,
): Promise<DeletionReceipt | undefined> {
  const { SendMessageCommand } = await import('@aws-sdk/client-sqs');
  const { sqs, queueUrl: QueueUrl, request } = options;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ delete: request }) }));
  options.onProgress('Requested. The deletion continues even if this command is stopped.');
  return awaitReceipt(request.id, options);
}

/** Waits for the receipt of an earlier request. */
export async function awaitReceipt(
  id: string,
  {
    store,
    wait,
    looks,
    onProgress,
  }: Pick<DeploymentDeletionOptions, 'store' | 'wait' | 'looks' | 'onProgress'>,
): Promise<DeletionReceipt | undefined> {
  let reported = '';
  for (let attempt = 0; attempt < looks; attempt += 1) {
    const receipt = await loadReceipt(store, id);
    if (receipt !== undefined) return receipt;
    const state = stateOf(await loadProgress(store, id));
    if (state !== reported) onProgress(state);
    reported = state;
    await wait(LOOK_EVERY_MS);
  }
  return undefined;
}

function stateOf(progress: DeletionProgress | undefined): string {
  if (progress === undefined) return 'Queued';
  if (progress.pass === 1 && progress.first_pass_ended_at !== null) {
    return `First pass finished. The second pass starts at ${formatUtc(Date.parse(progress.first_pass_ended_at) + 900_000)}.`;
  }
  return progress.after === ''
    ? `Deleting: ${progress.step}`
    : `Deleting: ${progress.step}, up to ${progress.after}`;
}

/** Opens queue and lake of a deployment. Rejects with DeploymentNotFound or an SDK error. */
export async function openDeploymentDeletion(options: {
  readonly stack: string;
  readonly region?: string | undefined;
}): Promise<Pick<DeploymentDeletionOptions, 'sqs' | 'queueUrl' | 'store'>> {
  const [{ CloudFormationClient }, { SQSClient: Client }, { S3Client }, { S3ObjectStore }] =
    await Promise.all([
      import('@aws-sdk/client-cloudformation'),
      import('@aws-sdk/client-sqs'),
      import('@aws-sdk/client-s3'),
      import('./stores/object-store.ts'),
    ]);
  const settings = await clientSettings({ region: options.region });
  const deployment = await findDeployment(new CloudFormationClient(settings), options.stack);
  return {
    sqs: new Client(settings),
    queueUrl: deployment.require('DeletionQueueUrl'),
    store: new S3ObjectStore({
      client: new S3Client(settings),
      bucket: deployment.require('LakeBucketName'),
    }),
  };
}

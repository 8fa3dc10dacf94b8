/** Explains AWS errors in the words of the agent: the messages of the SDK have no remedy. */
import { diagnoseAws, type Surroundings } from '@kinetrack/agent';

export class AwsFailure extends Error {
  readonly code = 'aws_failure';
  constructor(message: string, options: ErrorOptions) {
    super(message, options);
    this.name = 'AwsFailure';
  }
}

/**
 * Resolves to the result of `work`. Network, credential and permission errors become an AwsFailure.
 * Other errors are thrown unchanged.
 *
 * @param target noun for the message: `the deployment Kinetrack`, `the bucket lake`
 */
export async function explainAws<T>(
  target: string,
  work: () => Promise<T>,
  surroundings?: Surroundings,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explained(target, error, surroundings);
  }
}

function explained(target: string, error: unknown, surroundings: Surroundings | undefined): unknown {
  if (error instanceof AwsFailure) return error;
  const { fault, reason } = diagnoseAws(target, error, surroundings);
  switch (fault) {
    // Local files, and errors that are not from AWS.
    case 'storage_fault':
    case 'unknown':
      return error;
    // The sentences of the agent refer to its settings and its queue.
    case 'region_missing':
      return new AwsFailure(`no AWS region is set for ${target}; pass --region or set AWS_REGION`, {
        cause: error,
      });
    case 'access_denied':
      return new AwsFailure(
        `the AWS credentials have no permission for this in ${target}: ${firstLineOf(error)}`,
        {
          cause: error,
        },
      );
    case 'throttled':
      return new AwsFailure(`${target} throttles requests; run this again later (${firstLineOf(error)})`, {
        cause: error,
      });
    default:
      return new AwsFailure(reason.replace(QUEUED, 'connect to a network and run this again'), {
        cause: error,
      });
  }
}

const QUEUED = 'pending events are sent once it is connected';

/** The message of AWS contains the permission and the resource. Without a message, the name is used. */
function firstLineOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ''] = error.message.split('\n', 1);
  return line === '' ? error.name : line;
}

/** Why AWS could not be asked, in the words in which the agent says it: the SDK's own name a symptom and no remedy. */
import { diagnoseAws, type Surroundings } from '@kinetrack/agent';

export class AwsFailure extends Error {
  readonly code = 'aws_failure';
  constructor(message: string, options: ErrorOptions) {
    super(message, options);
    this.name = 'AwsFailure';
  }
}

/**
 * What `work` resolves with. Failures of the way to AWS, of credentials and permissions become an AwsFailure; every
 * other error says what it has to say itself and stays as it is.
 *
 * @param target for people, as the middle of a sentence: `the deployment Kinetrack`, `the bucket lake`
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
    // Files of this computer, and what is no failure of AWS at all.
    case 'storage_fault':
    case 'unknown':
      return error;
    // The agent's sentences are about its settings, about sending and about a queue.
    case 'region_missing':
      return new AwsFailure(`no AWS region is set for ${target}; pass --region or set AWS_REGION`, {
        cause: error,
      });
    case 'access_denied':
      return new AwsFailure(`the AWS credentials have no permission for this in ${target}: ${said(error)}`, {
        cause: error,
      });
    case 'throttled':
      return new AwsFailure(`${target} throttles requests; run this again later (${said(error)})`, {
        cause: error,
      });
    default:
      return new AwsFailure(reason.replace(QUEUED, 'connect to a network and run this again'), {
        cause: error,
      });
  }
}

const QUEUED = 'pending events are sent once it is connected';

/** AWS names the permission and the resource in its message; an answer without a message has its name alone. */
function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ''] = error.message.split('\n', 1);
  return line === '' ? error.name : line;
}

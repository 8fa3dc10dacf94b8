/** Processes the deletion queue: delete a person, continue a deletion, sweep the lake. */
import { deletionRequest, parseJson } from '@kinetrack/schema';
import * as z from 'zod';
import {
  type DeletionDependencies,
  deletePerson,
  type SweepDependencies,
  sweepLake,
} from '../../pipeline/deletion/index.ts';
import type { Log } from '../log.ts';

const queueEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });
const message = z.union([
  z.strictObject({ delete: deletionRequest }),
  z.strictObject({ sweep: z.literal(true) }),
]);

export interface DeletionQueueDependencies extends DeletionDependencies, SweepDependencies {
  readonly log: Log;
  /** Sends a message to the queue again, with a delay. */
  readonly sendAgain: (body: string, delayS: number) => Promise<void>;
  /** Moves an invalid message to the dead-letter queue. */
  readonly setAside: (body: string) => Promise<void>;
}

/**
 * Maximum of SQS:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export const MAX_DELAY_S = 900;

/**
 * Rejects if a deletion fails: the queue delivers the message again, and the deletion continues. A
 * deletion that needs another invocation sends its message again before this one is acknowledged.
 */
export async function deletionMessages(
  event: unknown,
  dependencies: DeletionQueueDependencies,
): Promise<void> {
  for (const { messageId, body } of queueEvent.parse(event).Records) {
    const parsed = message.safeParse(parseJson(body));
    if (!parsed.success) {
      // Without the content, which can contain a user ID.
      const problems = parsed.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`);
      dependencies.log.error('invalid message moved to the dead-letter queue', { messageId, problems });
      await dependencies.setAside(body);
    } else if ('sweep' in parsed.data) await sweep(body, dependencies);
    else await runDeletion(parsed.data.delete, body, dependencies);
  }
}

async function runDeletion(
  request: z.infer<typeof deletionRequest>,
  body: string,
  dependencies: DeletionQueueDependencies,
): Promise<void> {
  const { log, sendAgain } = dependencies;
  const outcome = await deletePerson(request, dependencies);
  const { id } = request;
  switch (outcome.status) {
    case 'done': {
      const { removed, not_done, finished_at } = outcome.receipt;
      log[not_done.length > 0 ? 'warn' : 'info']('deletion done', { id, finished_at, removed, not_done });
      return;
    }
    case 'settling':
      log.info('deletion waits for its second pass', { id, waitMs: outcome.waitMs });
      return sendAgain(body, Math.min(MAX_DELAY_S, Math.ceil(outcome.waitMs / 1000)));
    case 'unfinished':
      log.info('deletion continues in another invocation', { id, step: outcome.progress.step });
      return sendAgain(body, 0);
  }
}

async function sweep(body: string, dependencies: DeletionQueueDependencies): Promise<void> {
  const { status, ...report } = await sweepLake(dependencies);
  dependencies.log[report.damagedObjects.length > 0 ? 'warn' : 'info']('lake swept', { status, ...report });
  if (status === 'unfinished') await dependencies.sendAgain(body, 0);
}

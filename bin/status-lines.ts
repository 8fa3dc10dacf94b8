/** Output of `kinetrack status`: lines with a name and a value. */
import { join } from 'node:path';
import type { SpoolReport } from '@kinetrack/agent';
import type { StatusReport } from '@kinetrack/schema';

export interface RunningAgent {
  readonly pid: number;
  readonly started_at: string;
  readonly launch_url: string;
  readonly dataDir: string;
}

type Delivery = NonNullable<StatusReport['delivery']>;

const WIDTH = 'Dead letters  '.length;
const line = (name: string, value: string): string => `${name.padEnd(WIDTH)}${value}`;

export function statusLines(agent: RunningAgent, report: StatusReport): readonly string[] {
  return [
    line('Kinetrack', `${report.recording}, process ${agent.pid} since ${agent.started_at}`),
    line('Dashboard', agent.launch_url),
    line('Data', agent.dataDir),
    ...(report.note === null ? [] : [line('Note', report.note)]),
    ...report.captures.map(({ name, status, reason }) =>
      line('Capture', `${name}: ${status}${reason === null ? '' : `. ${reason}`}`),
    ),
    ...(report.delivery === null ? [] : deliveryLines(report.delivery, agent.dataDir)),
  ];
}

/** Status of a stopped agent, from its queue on disk. */
export function stoppedLines(dataDir: string, queue: SpoolReport | null): readonly string[] {
  const lines = [line('Kinetrack', 'not running. Start it with `kinetrack start`.'), line('Data', dataDir)];
  if (queue === null) return lines;
  const { captured, delivered, pendingRecords: pending, dropped, bytes } = queue;
  return [
    ...lines,
    line('Ledger', ledgerWords({ captured, delivered, pending, dropped })),
    line('Queue', sizeWords(bytes)),
  ];
}

function deliveryLines(delivery: Delivery, dataDir: string): readonly string[] {
  const { destination, connection, queue, dead_letters, last_error } = delivery;
  return [
    line('Delivery', `to ${destination}, ${connectionWords(connection)}`),
    line('Ledger', ledgerWords(delivery)),
    line(
      'Queue',
      queue === null ? 'in memory' : `${sizeWords(queue.bytes)} of ${sizeWords(queue.max_bytes)}`,
    ),
    ...(queue === null ? [] : [line('Queue key', `stored in ${queue.key}`)]),
    ...(queue === null || queue.note === null ? [] : [line('', queue.note)]),
    ...(dead_letters === 0
      ? []
      : [
          line(
            'Dead letters',
            `${events(dead_letters)} permanently rejected, stored in ${join(dataDir, 'dead-letters')}`,
          ),
        ]),
    // The connection line already contains this error.
    ...(last_error === null || last_error === connection.message ? [] : [line('Last error', last_error)]),
  ];
}

function connectionWords({ state, message, since }: Delivery['connection']): string {
  if (state === 'unknown') return 'no data sent yet';
  const when = since === null ? '' : ` since ${since}`;
  return state === 'connected' ? `connected${when}` : `not connected${when}: ${message ?? 'unknown reason'}`;
}

type Ledger = Pick<Delivery, 'captured' | 'delivered' | 'pending' | 'dropped'>;

/** An equation, so that users can check the sum. */
function ledgerWords({ captured, delivered, pending, dropped }: Ledger): string {
  const reasons = Object.entries(dropped).filter(([, count]) => count > 0);
  const sum = reasons.reduce((total, [, count]) => total + count, 0);
  const why = reasons.map(([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`).join(', ');
  return `${captured} captured = ${delivered} delivered + ${pending} pending + ${sum} dropped${why === '' ? '' : ` (${why})`}`;
}

const events = (count: number): string => (count === 1 ? '1 event' : `${count} events`);

/** `0 bytes`, `812 KiB`, `4.2 MiB` */
function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KiB'] : [bytes / 1024 / 1024, 'MiB'];
  return `${size < 10 ? Math.round(size * 10) / 10 : Math.round(size)} ${unit}`;
}

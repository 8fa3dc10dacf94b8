/** The lines that `kinetrack status` prints: a name and a value each. */
import { join } from 'node:path';
import type { SpoolReport } from '@kinetrack/agent';
import type { StatusReport } from '@kinetrack/schema';

export interface StatusSubject {
  readonly pid: number;
  readonly started_at: string;
  readonly launch_url: string;
  readonly dataDir: string;
}

type Delivery = NonNullable<StatusReport['delivery']>;

const WIDTH = 'Dead letters  '.length;
const line = (name: string, said: string): string => `${name.padEnd(WIDTH)}${said}`;

export function statusLines(subject: StatusSubject, report: StatusReport): readonly string[] {
  return [
    line('Kinetrack', `${report.recording}, process ${subject.pid} since ${subject.started_at}`),
    line('Dashboard', subject.launch_url),
    line('Data', subject.dataDir),
    ...(report.note === null ? [] : [line('Note', report.note)]),
    ...report.captures.map(({ name, status, reason }) =>
      line('Capture', `${name}: ${status}${reason === null ? '' : `. ${reason}`}`),
    ),
    ...(report.delivery === null ? [] : deliveryLines(report.delivery, subject.dataDir)),
  ];
}

/** The status when no agent runs: the queue is still on disk. */
export function restingLines(dataDir: string, queue: SpoolReport | null): readonly string[] {
  const start = 'not running. Start it with `kinetrack start`.';
  const lines = [line('Kinetrack', start), line('Data', dataDir)];
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

/** `captured = delivered + pending + dropped`, so that the reader can check the sum. */
type Ledger = Pick<Delivery, 'captured' | 'delivered' | 'pending' | 'dropped'>;
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

import assert from 'node:assert/strict';
import type { StatusReport } from '@kinetrack/schema';
import { statusLines } from '../../bin/status-lines.ts';

const SUBJECT = {
  pid: 4711,
  started_at: '2026-11-20T08:00:00.000Z',
  launch_url: 'http://127.0.0.1:4747/launch?token=t',
  dataDir: '/data',
};
const DELIVERY: NonNullable<StatusReport['delivery']> = {
  ...{ destination: 'kinesis:activity', captured: 1215, delivered: 1200, pending: 3, dropped: {} },
  connection: { state: 'connected', fault: null, message: null, since: '2026-11-20T08:00:04.000Z' },
  queue: { bytes: 4_404_019, max_bytes: 268_435_456, key: 'the login keychain', note: null },
  ...{ dead_letters: 0, last_error: null },
};
const REPORT: StatusReport = {
  ...{ recording: 'recording', note: null },
  captures: [
    { name: 'input', status: 'available', reason: null },
    { name: 'active-window', status: 'unavailable', reason: 'There is no display; start it in a session.' },
  ],
  delivery: DELIVERY,
};
const lines = (delivery: Partial<typeof DELIVERY> = {}) =>
  statusLines(SUBJECT, { ...REPORT, delivery: { ...DELIVERY, ...delivery } });
const lineOf = (name: string, delivery: Partial<typeof DELIVERY>) =>
  lines(delivery).find((line) => line.startsWith(name));

describe('the status', () => {
  it('reads as a list of names and facts', () => {
    assert.deepEqual(lines(), [
      'Kinetrack     recording, process 4711 since 2026-11-20T08:00:00.000Z',
      'Dashboard     http://127.0.0.1:4747/launch?token=t',
      'Data          /data',
      'Capture       input: available',
      'Capture       active-window: unavailable. There is no display; start it in a session.',
      'Delivery      to kinesis:activity, connected since 2026-11-20T08:00:04.000Z',
      'Ledger        1215 captured = 1200 delivered + 3 pending + 0 dropped',
      'Queue         4.2 MiB of 256 MiB',
      'Queue key     stored in the login keychain',
    ]);
  });

  it('says what is wrong with the connection once, with the remedy', () => {
    const message = 'this computer has no network; pending events are sent once it is connected (EAI_AGAIN)';
    const since = '2026-11-20T09:12:00.000Z';
    const faulty = lines({
      connection: { state: 'faulty', fault: 'no_network', message, since },
      last_error: message,
    });
    assert.deepEqual(
      faulty.filter((line) => line.includes(message)),
      [`Delivery      to kinesis:activity, not connected since ${since}: ${message}`],
    );
    assert.equal(
      lineOf('Delivery', { connection: { state: 'unknown', fault: null, message: null, since: null } }),
      'Delivery      to kinesis:activity, no data sent yet',
    );
    assert.equal(lineOf('Last error', { last_error: 'boom' }), 'Last error    boom');
  });

  it('counts what was given up by reason, so that the ledger adds up', () => {
    assert.equal(
      lineOf('Ledger', { dropped: { queue_full: 10, refused: 2, damaged: 0 } }),
      'Ledger        1215 captured = 1200 delivered + 3 pending + 12 dropped (10 queue full, 2 refused)',
    );
  });

  it('says where the key of the queue is and what is wrong with it, and where refused events are', () => {
    const queue = {
      bytes: 812,
      max_bytes: 1_048_576,
      key: 'the file /data/keys.json',
      note: 'It is locked.',
    };
    const said = lines({ queue, dead_letters: 1 });
    assert.deepEqual(said.slice(-4), [
      'Queue         812 bytes of 1 MiB',
      'Queue key     stored in the file /data/keys.json',
      '              It is locked.',
      'Dead letters  1 event permanently rejected, stored in /data/dead-letters',
    ]);
    assert.equal(lineOf('Queue', { queue: null }), 'Queue         in memory');
  });

  it('leaves out what a process without delivery has nothing to say about', () => {
    const said = statusLines(SUBJECT, { ...REPORT, delivery: null, note: 'Demonstration data.' });
    assert.equal(
      said.at(-1),
      'Capture       active-window: unavailable. There is no display; start it in a session.',
    );
    assert.ok(said.includes('Note          Demonstration data.'));
  });
});

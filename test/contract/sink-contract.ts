/** What every sink keeps, wherever it sends to. */
import assert from 'node:assert/strict';
import type { RecordOutcome, Sink } from '../../agent/src/sinks/index.ts';
import { afterTest } from '../runner/running-test.ts';
import { eventLines } from '../support/lake/event-lines.ts';
import { sorted } from '../support/sorted.ts';

export interface SinkUnderTest {
  readonly sink: Sink;
  /** The lines that have arrived, in any order, also after the sink was closed. */
  arrived(): Promise<readonly string[]>;
}

export function sinkContract(name: string, open: () => Promise<SinkUnderTest>): void {
  const sinkTest = (title: string, body: (subject: SinkUnderTest) => Promise<void>) =>
    test(title, async () => {
      const subject = await open();
      afterTest(() => subject.sink.close());
      await body(subject);
    });

  describe(`the ${name} sink`, () => {
    sinkTest('has a readable name, and a positive rate if it has one', async ({ sink }) => {
      assert.match(sink.name, /^[a-z][a-z-]*(:.+)?$/);
      if (sink.rate === undefined) return;
      assert.ok(sink.rate.bytesPerSecond > 0);
      assert.ok(sink.rate.recordsPerSecond > 0);
    });

    sinkTest('delivers every event as it was and says so for each', async ({ sink, arrived }) => {
      const events = [...eventLines(20), { id: 21, line: '{"seq":21,"title":"Übersicht 日本語 🦊"}' }];
      assert.deepEqual(await sink.send(events), allDelivered(events.length));
      assert.deepEqual(sorted(await arrived()), sorted(events.map(({ line }) => line)));
    });

    sinkTest('delivers more than one record holds, and events larger than one', async ({ sink, arrived }) => {
      const events = [...eventLines(450, { bytes: 300 }), ...eventLines(2, { from: 451, bytes: 60_000 })];
      assert.deepEqual(await sink.send(events), allDelivered(452));
      assert.deepEqual(sorted(await arrived()), sorted(events.map(({ line }) => line)));
    });

    sinkTest('delivers events whose ids do not follow each other', async ({ sink, arrived }) => {
      const events = [
        eventLines(2, { from: 3 }),
        eventLines(1, { from: 9 }),
        eventLines(3, { from: 100 }),
      ].flat();
      assert.deepEqual(await sink.send(events), allDelivered(6));
      assert.deepEqual(sorted(await arrived()), sorted(events.map(({ line }) => line)));
    });

    sinkTest('delivers nothing without complaint', async ({ sink, arrived }) => {
      assert.deepEqual(await sink.send([]), []);
      assert.deepEqual(await arrived(), []);
    });

    sinkTest(
      'rejects what can never be delivered, in its place, with code and reason, and delivers the rest',
      async ({ sink, arrived }) => {
        const events = eventLines(7).map((event) =>
          event.id === 2 || event.id === 5 ? { id: event.id, line: SECRET.repeat(200_000) } : event,
        );
        const outcomes = await sink.send(events);
        assert.deepEqual(
          outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.code : outcome.status)),
          ['delivered', 'too_large', 'delivered', 'delivered', 'too_large', 'delivered', 'delivered'],
        );
        const rest = events.filter(({ id }) => id !== 2 && id !== 5);
        assert.deepEqual(sorted(await arrived()), sorted(rest.map(({ line }) => line)));
        for (const reason of reasonsOf(outcomes)) {
          assert.ok(reason.length > 0 && reason.length < 400);
          assert.ok(!reason.includes(SECRET), 'a reason may not quote what was captured');
        }
      },
    );

    sinkTest('answers what is sent a second time as delivered again', async ({ sink, arrived }) => {
      const events = eventLines(5);
      assert.deepEqual(await sink.send(events), allDelivered(5));
      assert.deepEqual(await sink.send(events), allDelivered(5));
      const lines = events.map(({ line }) => line);
      assert.deepEqual(sorted([...new Set(await arrived())]), sorted(lines));
    });

    sinkTest('accepts several sends at once', async ({ sink, arrived }) => {
      const batches = [eventLines(30), eventLines(30, { from: 31 }), eventLines(30, { from: 61 })];
      const outcomes = (await Promise.all(batches.map((batch) => sink.send(batch)))).flat();
      assert.deepEqual(outcomes, allDelivered(90));
      assert.equal(new Set(await arrived()).size, 90);
    });

    sinkTest('flushes whenever it is asked', async ({ sink }) => {
      await sink.flush?.();
      await sink.send(eventLines(1));
      await sink.flush?.();
    });

    sinkTest('closed during a send, says delivered only of what has arrived', async ({ sink, arrived }) => {
      const events = eventLines(200, { bytes: 2_000 });
      const sending = sink.send(events);
      await sink.close();
      const outcomes = await sending;
      assert.equal(outcomes.length, events.length);
      assert.ok(outcomes.every(({ status }) => status === 'delivered' || status === 'retryable'));
      assert.ok(reasonsOf(outcomes).every((reason) => reason.length > 0));
      const lines = new Set(await arrived());
      const lost = events.filter(({ line }, i) => outcomes[i]?.status === 'delivered' && !lines.has(line));
      assert.deepEqual(lost, []);
    });

    sinkTest('closes twice; later records are retryable and not sent', async ({ sink, arrived }) => {
      await sink.send(eventLines(1));
      await sink.close();
      await sink.close();
      const [outcome] = await sink.send(eventLines(1, { from: 2 }));
      assert.equal(outcome?.status, 'retryable');
      assert.match(outcome.reason, /closed/);
      assert.equal((await arrived()).length, 1);
    });
  });
}

const SECRET = 'marker';
const allDelivered = (count: number): readonly RecordOutcome[] =>
  Array.from({ length: count }, () => ({ status: 'delivered' }));
const reasonsOf = (outcomes: readonly RecordOutcome[]): readonly string[] =>
  outcomes.flatMap((outcome) => (outcome.status === 'delivered' ? [] : [outcome.reason]));

/** What every sink keeps, wherever it sends to. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Sink } from '../../agent/src/sinks/index.ts';
import { eventLines } from '../support/event-lines.ts';
import { sorted } from '../support/sorted.ts';

export interface SinkUnderTest {
  readonly sink: Sink;
  /** The lines that have arrived, in any order. */
  arrived(): Promise<readonly string[]>;
}

export function sinkContract(name: string, open: (t: TestContext) => Promise<SinkUnderTest>): void {
  const sinkTest = (title: string, body: (subject: SinkUnderTest) => Promise<void>) =>
    test(title, async (t) => {
      const subject = await open(t);
      t.after(() => subject.sink.close());
      await body(subject);
    });

  describe(`the ${name} sink`, () => {
    sinkTest('has a name for people', async ({ sink }) => {
      assert.match(sink.name, /^[a-z][a-z-]*(:.+)?$/);
    });

    sinkTest('delivers every event as it was and says so for each', async ({ sink, arrived }) => {
      const events = [...eventLines(20), { id: 21, line: '{"title":"Übersicht 日本語 🦊"}' }];
      assert.deepEqual(
        await sink.send(events),
        events.map(() => ({ status: 'delivered' })),
      );
      assert.deepEqual(sorted(await arrived()), sorted(events.map(({ line }) => line)));
    });

    sinkTest('delivers more than one record holds, and events larger than one', async ({ sink, arrived }) => {
      const events = [...eventLines(450, { bytes: 300 }), ...eventLines(2, { from: 451, bytes: 60_000 })];
      const outcomes = await sink.send(events);
      assert.equal(outcomes.filter(({ status }) => status === 'delivered').length, 452);
      assert.deepEqual(sorted(await arrived()), sorted(events.map(({ line }) => line)));
    });

    sinkTest('delivers nothing without complaint', async ({ sink, arrived }) => {
      assert.deepEqual(await sink.send([]), []);
      assert.deepEqual(await arrived(), []);
    });

    sinkTest(
      'rejects what can never be delivered, in its place, and delivers the rest',
      async ({ sink, arrived }) => {
        const [first, large, last] = eventLines(3);
        assert.ok(first && large && last);
        const events = [first, { id: large.id, line: 'x'.repeat(1_024_000) }, last];
        const outcomes = await sink.send(events);
        assert.deepEqual(
          outcomes.map(({ status }) => status),
          ['delivered', 'rejected', 'delivered'],
        );
        assert.deepEqual(sorted(await arrived()), sorted([first.line, last.line]));
      },
    );

    sinkTest('takes several sends at once', async ({ sink, arrived }) => {
      const batches = [eventLines(30), eventLines(30, { from: 31 }), eventLines(30, { from: 61 })];
      const outcomes = (await Promise.all(batches.map((batch) => sink.send(batch)))).flat();
      assert.ok(outcomes.every(({ status }) => status === 'delivered'));
      assert.equal(new Set(await arrived()).size, 90);
    });

    sinkTest('flushes whenever it is asked', async ({ sink }) => {
      await sink.flush?.();
      await sink.send(eventLines(1));
      await sink.flush?.();
    });

    sinkTest('closes twice; what comes later stays retryable and goes nowhere', async ({ sink, arrived }) => {
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

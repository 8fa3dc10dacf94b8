/** What every spool keeps, whatever it is made of. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Spool } from '../../agent/src/spool/index.ts';
import { eventLines } from '../support/event-lines.ts';
import { everything, idsOf } from '../support/opened-spool.ts';

const ledgerOf = (spool: Spool) => {
  const { storage: _, ...ledger } = spool.status();
  return ledger;
};

export function spoolContract(name: string, open: (t: TestContext) => Promise<Spool>): void {
  const spoolTest = (title: string, body: (spool: Spool) => Promise<void>) =>
    test(title, async (t) => {
      const spool = await open(t);
      try {
        await body(spool);
      } finally {
        await spool.close();
      }
    });

  describe(`the ${name} spool`, () => {
    spoolTest('starts empty, with nothing given out', async (spool) => {
      assert.equal(spool.lastSeq, 0);
      assert.deepEqual(await spool.read(everything), []);
      assert.deepEqual(ledgerOf(spool), { pendingRecords: 0, pendingBytes: 0, delivered: 0, dropped: {} });
    });

    spoolTest('keeps a record until it is acknowledged', async (spool) => {
      const records = eventLines(3);
      await spool.append(records);
      assert.deepEqual(await spool.read(everything), records);
      assert.deepEqual(await spool.read(everything), records);
      await spool.ack([2]);
      assert.deepEqual(idsOf(await spool.read(everything)), [1, 3]);
      await spool.ack([1, 3]);
      assert.deepEqual(await spool.read(everything), []);
      assert.equal(spool.lastSeq, 3);
    });

    spoolTest('gives lines back as they were, whatever is written in them', async (spool) => {
      const lines = ['', '{"title":"Übersicht – 日本語 🦊"}', JSON.stringify('\n\u0000\ud83d')];
      await spool.append(lines.map((line, i) => ({ id: i + 1, line })));
      assert.deepEqual(
        (await spool.read(everything)).map(({ line }) => line),
        lines,
      );
    });

    spoolTest('reads the oldest records within both limits, and one where none fits', async (spool) => {
      await spool.append(eventLines(10, { bytes: 200 }));
      assert.deepEqual(idsOf(await spool.read({ maxRecords: 4, maxBytes: 1_000_000 })), [1, 2, 3, 4]);
      assert.deepEqual(idsOf(await spool.read({ maxRecords: 100, maxBytes: 650 })), [1, 2, 3]);
      assert.deepEqual(idsOf(await spool.read({ maxRecords: 100, maxBytes: 600 })), [1, 2, 3]);
      assert.deepEqual(idsOf(await spool.read({ maxRecords: 100, maxBytes: 10 })), [1]);
    });

    spoolTest('reads on above an id, so that several batches can be under way', async (spool) => {
      await spool.append(eventLines(6));
      assert.deepEqual(idsOf(await spool.read({ ...everything, afterId: 4 })), [5, 6]);
      assert.deepEqual(await spool.read({ ...everything, afterId: 6 }), []);
      await spool.ack([5]);
      assert.deepEqual(idsOf(await spool.read({ ...everything, afterId: 3 })), [4, 6]);
    });

    spoolTest('takes an acknowledgement twice, in any order, and of what it never held', async (spool) => {
      await spool.append(eventLines(5));
      await spool.ack([4, 2, 4, 99]);
      await spool.ack([2]);
      await spool.ack([]);
      assert.deepEqual(idsOf(await spool.read(everything)), [1, 3, 5]);
      assert.equal(spool.status().pendingRecords, 3);
    });

    spoolTest('counts what is pending in records and in bytes of their lines', async (spool) => {
      const records = eventLines(4, { bytes: 150 });
      await spool.append(records);
      await spool.append([{ id: 5, line: 'ü' }]);
      assert.deepEqual(ledgerOf(spool), { pendingRecords: 5, pendingBytes: 602, delivered: 0, dropped: {} });
      await spool.ack([1, 5]);
      assert.deepEqual(ledgerOf(spool), { pendingRecords: 3, pendingBytes: 450, delivered: 2, dropped: {} });
    });

    spoolTest('accepts concurrent appends in the order of their calls', async (spool) => {
      const records = eventLines(60);
      const appends = Array.from({ length: 20 }, (_, i) => spool.append(records.slice(i * 3, i * 3 + 3)));
      await Promise.all(appends);
      assert.deepEqual(await spool.read(everything), records);
      assert.equal(spool.lastSeq, 60);
    });

    spoolTest(
      'refuses ids with a gap or twice, says which, and accepts nothing of that append',
      async (spool) => {
        await spool.append(eventLines(3));
        const wrong = [
          { id: 5, line: 'a' },
          { id: 5, line: 'b' },
        ];
        await assert.rejects(spool.append(wrong), {
          code: 'out_of_order',
          message: /record 5.*continue with 4/,
        });
        await assert.rejects(spool.append([{ id: 3, line: 'a' }]), { code: 'out_of_order' });
        await assert.rejects(spool.append([{ id: 4.5, line: 'a' }]), { code: 'out_of_order' });
        await spool.append([{ id: 4, line: 'right' }]);
        assert.deepEqual(idsOf(await spool.read(everything)), [1, 2, 3, 4]);
      },
    );

    spoolTest('appends nothing without complaint', async (spool) => {
      await spool.append([]);
      assert.equal(spool.lastSeq, 0);
    });

    spoolTest('refuses work once closed, and closes twice', async (spool) => {
      const accepted = spool.append(eventLines(2));
      await Promise.all([accepted, spool.close()]);
      await spool.close();
      await assert.rejects(spool.append(eventLines(1, { from: 3 })), { code: 'closed', message: /closed; / });
      await assert.rejects(spool.read(everything), { code: 'closed' });
      await assert.rejects(spool.ack([1]), { code: 'closed' });
      assert.equal(spool.lastSeq, 2);
    });
  });
}

/** What every spool keeps, whatever it is made of. */
import assert from 'node:assert/strict';
import type { Spool } from '../../agent/src/spool/index.ts';
import { eventLines } from '../support/lake/event-lines.ts';
import { everything, idsOf } from '../support/spool/opened-spool.ts';

const ledgerOf = (spool: Spool) => {
  const { storage: _, ...ledger } = spool.status();
  return ledger;
};

type OpenSpool = () => Promise<Spool>;
/** Opens again what was opened in this test and closed since. */
type ReopenSpool = OpenSpool;

function assertExactNow(spool: Spool): void {
  const { delivered, pendingRecords, dropped } = spool.status();
  const sum = Object.values(dropped).reduce((total, count) => total + count, 0);
  assert.equal(delivered + pendingRecords + sum, spool.lastSeq);
}

async function assertExact(spool: Spool): Promise<void> {
  assertExactNow(spool);
  assert.equal((await spool.read(everything)).length, spool.status().pendingRecords);
}

/** `reopen` is there for a spool that outlives its process. */
export function spoolContract(name: string, open: OpenSpool, reopen?: ReopenSpool): void {
  const spoolTest = (title: string, body: (spool: Spool) => Promise<void>) =>
    test(title, async () => {
      const spool = await open();
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

    spoolTest('returns lines unchanged, with any content', async (spool) => {
      const lines = ['', '{"title":"Übersicht – 日本語 🦊"}', JSON.stringify('\n\u0000\ud83d')];
      await spool.append(lines.map((line, i) => ({ id: i + 1, line })));
      assert.deepEqual(
        (await spool.read(everything)).map(({ line }) => line),
        lines,
      );
    });

    spoolTest('reads the oldest records within both limits, and one if none fits', async (spool) => {
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

    spoolTest('accepts acknowledgements twice, in any order, and of unknown records', async (spool) => {
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

    spoolTest(
      'counts as delivered only what was pending, however often it is acknowledged',
      async (spool) => {
        await spool.append(eventLines(6));
        await spool.ack([2, 3]);
        await spool.ack([3, 2, 4, 77, 0, -1, 1.5]);
        assert.equal(spool.status().delivered, 3);
        await assertExact(spool);
      },
    );

    spoolTest(
      'drops records for a reason: they are read no more, counted, and listed as lost',
      async (spool) => {
        await spool.append(eventLines(8));
        await spool.ack([2]);
        await spool.drop('refused', [1, 2, 3, 99]);
        await spool.drop('too_large', [7]);
        await spool.drop('too_large', [7, 3]);
        assert.deepEqual(idsOf(await spool.read(everything)), [4, 5, 6, 8]);
        assert.deepEqual(spool.status().dropped, { refused: 2, too_large: 1 });
        assert.deepEqual(
          new Map(spool.losses().map(({ reason, ranges }) => [reason, ranges])),
          new Map([
            ['refused', [[1, 1] as const, [3, 3] as const]],
            ['too_large', [[7, 7] as const]],
          ]),
        );
        await spool.ack([1, 3, 7]);
        assert.equal(spool.status().delivered, 1);
        await assertExact(spool);
      },
    );

    spoolTest('assigns ids to records that could not be kept, and continues after them', async (spool) => {
      await spool.append(eventLines(2));
      await spool.skip(3, 'memory_full');
      await spool.skip(0, 'memory_full');
      assert.equal(spool.lastSeq, 5);
      await spool.append(eventLines(2, { from: 6 }));
      assert.deepEqual(idsOf(await spool.read(everything)), [1, 2, 6, 7]);
      assert.deepEqual(idsOf(await spool.read({ ...everything, afterId: 3 })), [6, 7]);
      assert.deepEqual(spool.status().dropped, { memory_full: 3 });
      assert.deepEqual(spool.losses(), [{ reason: 'memory_full', ranges: [[3, 5]] }]);
      await spool.ack([1, 2, 3, 4, 6]);
      assert.equal(spool.status().delivered, 3);
      await assertExact(spool);
    });

    spoolTest('lists a loss until it was reported, and keeps all others', async (spool) => {
      await spool.append(eventLines(4));
      await spool.drop('refused', [1, 2]);
      const first = spool.losses();
      await spool.drop('refused', [3]);
      await spool.lossesReported(first);
      assert.deepEqual(spool.losses(), [{ reason: 'refused', ranges: [[3, 3]] }]);
      await spool.lossesReported([{ reason: 'damaged', ranges: [[3, 3]] }]);
      await spool.lossesReported([]);
      assert.deepEqual(spool.losses(), [{ reason: 'refused', ranges: [[3, 3]] }]);
      await spool.lossesReported(spool.losses());
      assert.deepEqual(spool.losses(), []);
      assert.deepEqual(spool.status().dropped, { refused: 3 });
      await assertExact(spool);
    });

    spoolTest('is exact at every moment, with concurrent calls', async (spool) => {
      const appends = Array.from({ length: 12 }, (_, i) => spool.append(eventLines(5, { from: 1 + i * 5 })));
      const work = [...appends];
      for (let id = 1; id <= 60; id++) {
        if (id % 4 === 0) work.push(spool.drop('too_large', [id, id + 1]));
        else work.push(spool.ack([id, id + 2]));
      }
      let isDone: boolean = false;
      const done = Promise.all(work).then(() => {
        isDone = true;
      });
      while (!isDone) {
        assertExactNow(spool);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await done;
      await assertExact(spool);
      assert.equal(spool.lastSeq, 60);
    });

    spoolTest('refuses work once closed, and closes twice', async (spool) => {
      const accepted = spool.append(eventLines(2));
      await Promise.all([accepted, spool.close()]);
      await spool.close();
      await assert.rejects(spool.append(eventLines(1, { from: 3 })), { code: 'closed', message: /closed; / });
      await assert.rejects(spool.read(everything), { code: 'closed' });
      await assert.rejects(spool.ack([1]), { code: 'closed' });
      await assert.rejects(spool.drop('refused', [1]), { code: 'closed' });
      await assert.rejects(spool.skip(1, 'memory_full'), { code: 'closed' });
      assert.equal(spool.lastSeq, 2);
    });

    if (reopen !== undefined) durableContract(open, reopen);
  });
}

/** What a spool keeps beyond the process. */
function durableContract(open: OpenSpool, reopen: ReopenSpool): void {
  const durableTest = (title: string, body: (spool: Spool, again: () => Promise<Spool>) => Promise<void>) =>
    test(title, async () => {
      let spool = await open();
      try {
        await body(spool, async () => {
          await spool.close();
          spool = await reopen();
          return spool;
        });
      } finally {
        await spool.close();
      }
    });

  durableTest(
    'knows after a restart what was delivered, dropped, skipped and is pending',
    async (spool, again) => {
      await spool.append(eventLines(9));
      await spool.ack([1, 4]);
      await spool.drop('refused', [2]);
      await spool.skip(2, 'memory_full');
      await spool.append(eventLines(1, { from: 12 }));
      const ledger = ledgerOf(spool);
      const ids = idsOf(await spool.read(everything));
      for (let restart = 0; restart < 3; restart++) {
        const found = await again();
        assert.equal(found.lastSeq, 12);
        assert.deepEqual(ledgerOf(found), ledger);
        assert.deepEqual(idsOf(await found.read(everything)), ids);
        await assertExact(found);
      }
    },
  );

  durableTest('tells of a loss after a restart as well, until it was reported', async (spool, again) => {
    await spool.append(eventLines(5));
    await spool.drop('too_large', [2, 3]);
    await spool.skip(1, 'memory_full');
    const losses = spool.losses();
    assert.equal(losses.length, 2);
    const second = await again();
    assert.deepEqual(second.losses(), losses);
    await second.lossesReported(losses.slice(0, 1));
    const third = await again();
    assert.deepEqual(third.losses(), losses.slice(1));
    await third.lossesReported(losses);
    assert.deepEqual((await again()).losses(), []);
  });

  durableTest(
    'gives no id twice, also where the last ones were skipped or delivered',
    async (spool, again) => {
      await spool.append(eventLines(2));
      await spool.skip(7_000, 'memory_full');
      await spool.append(eventLines(1, { from: 7_003 }));
      await spool.skip(2, 'memory_full');
      const second = await again();
      assert.equal(second.lastSeq, 7_005);
      assert.deepEqual(idsOf(await second.read(everything)), [1, 2, 7_003]);
      await second.append(eventLines(1, { from: 7_006 }));
      await second.ack([1, 2, 7_003, 7_006]);
      const third = await again();
      assert.equal(third.lastSeq, 7_006);
      assert.deepEqual(await third.read(everything), []);
      await assertExact(third);
    },
  );
}

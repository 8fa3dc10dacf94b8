import assert from 'node:assert/strict';
import { JqError, JqProgram, type JqResult } from '../../../local/firehose/jq.ts';

const texts = (...values: readonly unknown[]) => values.map((value) => Buffer.from(JSON.stringify(value)));
const shown = (results: readonly JqResult[]) =>
  results.map((result) => (result.ok ? result.value : `failed: ${result.message}`));

describe('a jq program over a batch', () => {
  it('returns one result per record, in order', async () => {
    const program = await JqProgram.compile('{"dt":(.ts[0:10])}');

    const results = await program.evaluate(texts({ ts: '2026-11-20T09' }, { ts: '2026-11-21T10' }));

    assert.deepEqual(shown(results), [{ dt: '2026-11-20' }, { dt: '2026-11-21' }]);
  });

  it('keeps text of every script intact', async () => {
    const program = await JqProgram.compile('.a');
    const values = ['grün', '日本', '🦊', '\n\t"\\', '\u0000'];

    const results = await program.evaluate(texts(...values.map((a) => ({ a }))));

    assert.deepEqual(shown(results), values);
  });

  it("keeps one record's error to that record", async () => {
    const program = await JqProgram.compile('if .a == 1 then error("no") elif .a == 2 then .a.b else .a end');

    const results = await program.evaluate(texts({ a: 0 }, { a: 1 }, { a: 2 }, { a: 3 }));

    assert.deepEqual(shown(results), [0, 'failed: no', 'failed: Cannot index number with string "b"', 3]);
  });

  it('fails a record with no result or two', async () => {
    const program = await JqProgram.compile('if .a == 1 then empty elif .a == 2 then (1, 2) else .a end');

    const results = await program.evaluate(texts({ a: 1 }, { a: 0 }, { a: 2 }));

    assert.match(
      shown(results).join(';'),
      /^failed: the query gave 0 results.*;0;failed: the query gave 2 results/,
    );
  });

  it('isolates a record that ends the run or crashes jq, and continues', async () => {
    const program = await JqProgram.compile(
      'if .a == 1 then halt elif .a == 2 then [-1] | implode else .a end',
    );

    const results = await program.evaluate(texts({ a: 5 }, { a: 1 }, { a: 6 }, { a: 2 }, { a: 7 }));

    const [before, halted, between, aborted, after] = shown(results);
    assert.deepEqual([before, between, after], [5, 6, 7]);
    assert.equal(halted, 'failed: jq stopped after 0 of 1 records');
    assert.match(String(aborted), /^failed: .*abort/);
    assert.deepEqual(shown(await program.evaluate(texts({ a: 8 }))), [8]);
  });

  it('fails a record that is nested deeper than jq reads, alone', async () => {
    const program = await JqProgram.compile('.b');
    const deep = Buffer.from(`${'{"a":'.repeat(300)}1${'}'.repeat(300)}`);

    const results = await program.evaluate([...texts({ b: 1 }), deep, ...texts({ b: 2 })]);

    assert.deepEqual(
      [results[0], results[2]],
      [
        { ok: true, value: 1 },
        { ok: true, value: 2 },
      ],
    );
    assert.match(shown(results.slice(1, 2)).join(), /depth limit/);
  });

  for (const query of [
    '{"year":.ts/1000|strftime("%Y")}',
    '{"a":.b // 1}',
    '.a) | (.b',
    '{"a"',
    '',
    'nothing',
  ]) {
    it(`refuses to compile ${query || 'an empty query'}, as jq 1.6 does`, async () => {
      await assert.rejects(JqProgram.compile(query), (error) => {
        assert.ok(error instanceof JqError);
        assert.match(error.message, /compile error/);
        return true;
      });
    });
  }

  it('is jq 1.6: what later versions changed is as it was', async () => {
    const program = await JqProgram.compile(
      '[(.n | tojson), ("2015-03-05T23:51:47.123Z" | try fromdateiso8601 catch "refused"), [limit(0; 1, 2)]]',
    );

    const results = await program.evaluate([Buffer.from('{"n":10000000000000000001}')]);

    assert.deepEqual(shown(results), [['1e+19', 'refused', [1]]]);
    for (const later of ['pick(.a)', 'abs', 'ltrimstr("a") | toarray', 'getpath(["a"]) | have_decnum']) {
      await assert.rejects(JqProgram.compile(later), /not defined/);
    }
  });

  it('leaves the process as it found it', async () => {
    const events = ['uncaughtException', 'unhandledRejection'] as const;
    const before = events.map((event) => process.listenerCount(event));

    await JqProgram.compile('.');

    assert.deepEqual(
      events.map((event) => process.listenerCount(event)),
      before,
    );
  });

  it('runs again and again in the memory of a few runs', async () => {
    const program = await JqProgram.compile('.a');
    const batch = texts({ a: 'x'.repeat(1_000_000) });
    for (let run = 0; run < 5; run++) await program.evaluate(batch);
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;

    for (let run = 0; run < 30; run++) assert.equal((await program.evaluate(batch))[0]?.ok, true);

    const after = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    // 30 leaked inputs would be 30 MB.
    assert.ok(after - before < 8 << 20, `${after - before} bytes more`);
  });
});

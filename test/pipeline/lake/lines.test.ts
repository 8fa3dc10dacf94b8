import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { MAX_LINE_BYTES, type ReadOutcome, readLines } from '../../../pipeline/lake/lines.ts';

interface Lines {
  readonly outcome: ReadOutcome;
  readonly lines: readonly string[];
  readonly oversized: number;
}

async function linesOf(gzipped: Uint8Array, pieceBytes = 1000): Promise<Lines> {
  async function* pieces() {
    for (let at = 0; at < gzipped.length; at += pieceBytes) yield gzipped.subarray(at, at + pieceBytes);
  }
  const lines: string[] = [];
  let oversized = 0;
  const outcome = await readLines(pieces(), {
    onLine: (bytes, from, to) => lines.push(bytes.toString('utf8', from, to)),
    onOversized: () => {
      oversized += 1;
    },
  });
  return { outcome, lines, oversized };
}

test('returns each line once, for any line length and any chunk boundary', async () => {
  const lengths = fc.array(fc.oneof(fc.nat(3000), fc.integer({ min: 1, max: 400_000 })), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(lengths, async (list) => {
      const expected = list.map((length, index) => `{"${index}é":"${'x'.repeat(length)}"}`);
      const { outcome, lines, oversized } = await linesOf(gzipSync(expected.join('\n')));
      assert.deepEqual([outcome, oversized], ['complete', 0]);
      assert.ok(lines.length === expected.length && lines.every((line, index) => line === expected[index]));
    }),
    { numRuns: 40 },
  );
});

test('leaves blank lines out', async () => {
  const text = '\n\n{"a":1}\n \n\t\r\n\u00a0\n[]\r\n  x\n\n';
  assert.deepEqual((await linesOf(gzipSync(text))).lines, ['{"a":1}', '[]\r', '  x']);
});

test('reports a line that is too long for an event, and continues after it', async () => {
  const text = `{"a":1}\n${'x'.repeat(MAX_LINE_BYTES + 1)}\n{"b":2}\n`;
  assert.deepEqual(await linesOf(gzipSync(text)), {
    outcome: 'complete',
    lines: ['{"a":1}', '{"b":2}'],
    oversized: 1,
  });
});

test('accepts a line of the maximum length', async () => {
  const { lines, oversized } = await linesOf(gzipSync(`${'x'.repeat(MAX_LINE_BYTES)}\n`));
  assert.deepEqual([lines.length, oversized], [1, 0]);
});

test('returns the lines before a damage', async () => {
  const text = Array.from({ length: 20_000 }, (_, index) => `{"line":${index}}`).join('\n');
  const gzipped = gzipSync(text);
  const { outcome, lines } = await linesOf(gzipped.subarray(0, gzipped.length / 2));
  assert.equal(outcome, 'damaged');
  assert.ok(lines.length > 100);
  assert.deepEqual(lines.slice(0, 100), text.split('\n').slice(0, 100));
});

/** The completeness query against a model that looks at every number by itself. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openLake } from '../../local/stores/query-engine.ts';
import { COMPLETENESS_SQL } from '../../pipeline/queries/completeness.ts';
import { type ArrivedEvent, arrive, numbers } from '../support/lake/arrived-events.ts';
import { DEVICE, SECOND_DEVICE } from '../support/lake/sample-factory.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { sorted } from '../support/sorted.ts';

async function rowsOf(lakeDir: string): Promise<readonly Record<string, unknown>[]> {
  const lake = await openLake({ lakeDir });
  try {
    const { columns, rows } = await lake.query(COMPLETENESS_SQL);
    return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
  } finally {
    await lake.close();
  }
}

/** `missing 41-56 (16)`, with the reason where there is one. */
const brief = (rows: readonly Record<string, unknown>[], device = DEVICE): readonly string[] =>
  rows
    .filter(({ device_id }) => device_id === device)
    .map(
      ({ status, reason, from_seq, to_seq, events }) =>
        `${String(status)} ${reason === null ? '' : `${String(reason)} `}${String(from_seq)}-${String(to_seq)} (${String(events)})`,
    );

interface Report {
  readonly seq: number;
  readonly reason: string;
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

const HIGHEST = 130;
const number = fc.integer({ min: 1, max: HIGHEST });
/** Mostly long runs, so that whole blocks fill, and single numbers that nibble at their edges. */
const arrivals = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.tuple(number, number).map(([a, b]) => numbers(Math.min(a, b), Math.max(a, b))),
    },
    { weight: 3, arbitrary: number.map((seq) => [seq]) },
  ),
  { minLength: 1, maxLength: 6 },
);
const reports = fc.array(
  fc.record({
    seq: number,
    reason: fc.constantFrom('queue_full', 'damaged'),
    ranges: fc.array(
      fc.tuple(number, fc.integer({ min: -2, max: 40 })).map(([from, more]) => [from, from + more] as const),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  { maxLength: 3 },
);

/** A number is one event: what is a report is none of the others. */
const devices = fc.record({ arrivals, reports }).map(({ arrivals, reports }) => {
  const seen = [...new Map(reports.map((report) => [report.seq, report])).values()];
  const isReport = new Set(seen.map(({ seq }) => seq));
  return { seen, moved: arrivals.map((list) => list.filter((seq) => !isReport.has(seq))) };
});

/** What the rows must say of a device, number by number. */
function modelOf(seqs: readonly number[], seen: readonly Report[]): readonly string[] {
  const copies = new Map<number, number>();
  for (const seq of seqs) copies.set(seq, (copies.get(seq) ?? 0) + 1);
  const first = Math.min(...copies.keys());
  const last = Math.max(...copies.keys());
  const ranges = seen
    .flatMap(({ reason, ranges }) => ranges.map(([from, to]) => ({ reason, from, to })))
    .filter(({ from, to }) => from <= to)
    .sort((a, b) => a.from - b.from || a.to - b.to || (a.reason < b.reason ? -1 : 1));
  const statuses: string[] = [];
  for (const seq of numbers(1, last)) {
    const count = copies.get(seq) ?? 0;
    const drop = ranges.find(({ from, to }) => from <= seq && seq <= to);
    if (count > 0) statuses.push(`${seq} present`);
    else if (drop !== undefined) statuses.push(`${seq} reported_dropped ${drop.reason}`);
    else statuses.push(`${seq} ${seq < first ? 'before_lake' : 'missing'}`);
    if (count > 1) statuses.push(`${seq} duplicated`);
  }
  return statuses;
}

const numberByNumber = (rows: readonly Record<string, unknown>[], device: string): readonly string[] =>
  rows
    .filter(({ device_id }) => device_id === device)
    .flatMap(({ status, reason, from_seq, to_seq }) =>
      numbers(Number(from_seq), Number(to_seq)).map(
        (seq) => `${seq} ${String(status)}${reason === null ? '' : ` ${String(reason)}`}`,
      ),
    );

test('says of every number what a model says, for any arrivals, copies, objects and reports', async () => {
  const root = await tempDir();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(devices, devices, fc.infiniteStream(fc.nat(2)), async (one, other, chance) => {
      run += 1;
      const lakeDir = `${root}/${run}`;
      const objects: ArrivedEvent[][] = [[], [], []];
      const put = (event: ArrivedEvent) => objects[chance.next().value ?? 0]?.push(event);
      const both = [
        { device: DEVICE, ...one },
        { device: SECOND_DEVICE, ...other },
      ];
      for (const { device, seen, moved } of both) {
        for (const seq of moved.flat()) put({ seq, device });
        for (const { seq, reason, ranges } of seen) {
          const text = ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
          put({ seq, device, dropped: { reason, events: '1', ranges: text } });
        }
      }
      for (const [index, events] of objects.entries()) await arrive(lakeDir, `object-${index}`, events);
      const rows = await rowsOf(lakeDir);
      for (const { device, seen, moved } of both) {
        const seqs = [...moved.flat(), ...seen.map(({ seq }) => seq)];
        assert.deepEqual(
          sorted(numberByNumber(rows, device)),
          sorted(seqs.length === 0 ? [] : modelOf(seqs, seen)),
        );
      }
    }),
    { numRuns: 40 },
  );
});

test('joins ranges over the edges of blocks, and counts further copies', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', numbers(1, 200));
  await arrive(lakeDir, 'b', [...numbers(39, 42), 200]);
  await arrive(lakeDir, 'c', [40]);
  assert.deepEqual(brief(await rowsOf(lakeDir)), [
    'present 1-200 (200)',
    'duplicated 39-42 (5)',
    'duplicated 200-200 (1)',
  ]);
});

test('distinguishes ranges removed by retention from missing ones', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', [...numbers(1001, 1040), ...numbers(1057, 1100)]);
  assert.deepEqual(brief(await rowsOf(lakeDir)), [
    'before_lake 1-1000 (1000)',
    'present 1001-1040 (40)',
    'missing 1041-1056 (16)',
    'present 1057-1100 (44)',
  ]);
});

test('explains what the device reported, each number once, and leaves what is here alone', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', [
    ...numbers(1, 10),
    ...numbers(50, 59),
    { seq: 60, dropped: { reason: 'queue_full', events: '19', ranges: '9-20,31' } },
    { seq: 61, dropped: { reason: 'damaged', events: '9', ranges: '18-22,500-900' } },
    { seq: 62, dropped: { reason: 'refused', events: '3' } },
    { seq: 63, dropped: { reason: 'refused', events: '3', ranges: 'all of them,-4,44-,7-3,' } },
  ]);
  assert.deepEqual(brief(await rowsOf(lakeDir)), [
    'present 1-10 (10)',
    'reported_dropped queue_full 11-20 (10)',
    'reported_dropped damaged 21-22 (2)',
    'missing 23-30 (8)',
    'reported_dropped queue_full 31-31 (1)',
    'missing 32-49 (18)',
    'present 50-63 (14)',
  ]);
});

test('distinguishes different events with one number from copies', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', numbers(1, 9));
  await arrive(lakeDir, 'b', [2, 3, { seq: 4, ts: '2026-11-20T09:00:04.001Z' }]);
  await arrive(lakeDir, 'c', [{ seq: 5, ts: '2016-11-20T09:00:05.000Z' }]);
  assert.deepEqual(brief(await rowsOf(lakeDir)), ['present 1-9 (9)', 'duplicated 2-3 (2)', 'reused 4-5 (2)']);
});

test('accepts numbers up to the maximum of the schema, and ignores other values', async () => {
  const lakeDir = await tempDir();
  const most = Number.MAX_SAFE_INTEGER;
  await arrive(lakeDir, 'a', [most - 2, most]);
  assert.deepEqual(brief(await rowsOf(lakeDir)), [
    `before_lake 1-${most - 3} (${most - 3})`,
    `present ${most - 2}-${most - 2} (1)`,
    `missing ${most - 1}-${most - 1} (1)`,
    `present ${most}-${most} (1)`,
  ]);
});

test('has no row for a lake without events', async () => {
  assert.deepEqual(await rowsOf(await tempDir()), []);
});

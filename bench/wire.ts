/**
 * What a person's hour is on the wire: records, bytes and what AWS bills for them, for both kinds of detail.
 * The busiest hour of a recording (KINETRACK_HUMAN_INPUT) or a generated one through the whole agent, in simulated
 * time; only the network is left out.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BILLING_STEP_BYTES, MAX_RECORD_BYTES } from '@kinetrack/agent';
import { DETAILS, type Detail } from '@kinetrack/schema';
import { type HumanEvent, humanHour } from '../test/support/human-hour.ts';
import { replayHour } from '../test/support/replay-hour.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

async function benchWire(): Promise<Figures> {
  const { events } = await humanHour();
  const figures: Record<string, number> = {};
  for (const detail of DETAILS) Object.assign(figures, await measure(detail, events));
  return figures;
}

async function measure(detail: Detail, hour: readonly HumanEvent[]): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'kinetrack-bench-'));
  const sends: (readonly number[])[] = [];
  try {
    const { delivered } = await replayHour(hour, folder, {
      detail,
      onSend: (records) => sends.push(records.map(({ length }) => length)),
    });
    const sizes = sends.flat();
    const sum = (of: (size: number) => number) => sizes.reduce((total, size) => total + of(size), 0);
    return {
      [`${detail}_events_per_hour`]: delivered,
      [`${detail}_flushes_per_hour`]: sends.length,
      [`${detail}_records_per_hour`]: sizes.length,
      [`${detail}_records_per_flush`]: Number((sizes.length / sends.length).toFixed(3)),
      [`${detail}_flushes_with_one_record_percent`]: Number(
        ((100 * sends.filter(({ length }) => length === 1).length) / sends.length).toFixed(1),
      ),
      [`${detail}_bytes_per_hour`]: sum((size) => size),
      [`${detail}_put_units_per_hour`]: sum((size) => Math.ceil(size / MAX_RECORD_BYTES)),
      [`${detail}_firehose_billed_bytes_per_hour`]: sum(
        (size) => Math.ceil(size / BILLING_STEP_BYTES) * BILLING_STEP_BYTES,
      ),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

await reportBench('wire', await benchWire());

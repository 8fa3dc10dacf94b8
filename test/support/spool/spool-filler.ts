/**
 * A process that captures and cannot deliver, as a tracker does without a network: appends a few records every few
 * milliseconds, and where they are refused keeps them and tries again.
 */
import { setTimeout as passes } from 'node:timers/promises';
import type { SpoolRecord } from '../../../agent/src/spool/index.ts';
import { secondSampleLine } from '../lake/second-samples.ts';
import { say } from './reported-appends.ts';
import { openWitnessedSpool } from './reporting-spool.ts';

const RECORDS = 5;
const CAPTURE_MS = 3;
const RETRY_MS = 100;

const [dir = ''] = process.argv.slice(2);
const spool = await openWitnessedSpool(dir, {
  maxBytes: 8 * 1024 * 1024,
  segmentBytes: 32 * 1024,
  groupMs: 0,
});

async function appendUntilAccepted(records: readonly SpoolRecord[]): Promise<void> {
  for (;;) {
    try {
      await spool.append(records);
      return;
    } catch (error) {
      say({ say: 'refused', message: error instanceof Error ? error.message : String(error) });
      await passes(RETRY_MS);
    }
  }
}

for (;;) {
  const from = spool.lastSeq + 1;
  await appendUntilAccepted(
    Array.from({ length: RECORDS }, (_, i) => ({ id: from + i, line: secondSampleLine(from + i) })),
  );
  await passes(CAPTURE_MS);
}

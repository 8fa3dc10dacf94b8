/**
 * Child process: captures without delivery, like a tracker without a network. Appends a few records every few
 * milliseconds and retries records that are refused.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { SpoolRecord } from '../../../agent/src/spool/index.ts';
import { secondSampleLine } from '../lake/second-samples.ts';
import { openReportingSpool, report } from './reporting-spool.ts';

const RECORDS = 5;
const CAPTURE_MS = 3;
const RETRY_MS = 100;

const [dir = ''] = process.argv.slice(2);
const spool = await openReportingSpool(dir, {
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
      report({ kind: 'refused', message: error instanceof Error ? error.message : String(error) });
      await pause(RETRY_MS);
    }
  }
}

for (;;) {
  const from = spool.lastSeq + 1;
  await appendUntilAccepted(
    Array.from({ length: RECORDS }, (_, i) => ({ id: from + i, line: secondSampleLine(from + i) })),
  );
  await pause(CAPTURE_MS);
}

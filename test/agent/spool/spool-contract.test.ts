import { memorySpool, openSegmentSpool } from '../../../agent/src/spool/index.ts';
import { spoolContract } from '../../contract/spool-contract.ts';
import { tempDir } from '../../support/temp-dir.ts';

spoolContract('memory', async () => memorySpool());
spoolContract('segment', async (t) => openSegmentSpool({ dir: await tempDir(t) }));
spoolContract('tiny segment', async (t) => openSegmentSpool({ dir: await tempDir(t), segmentBytes: 300 }));

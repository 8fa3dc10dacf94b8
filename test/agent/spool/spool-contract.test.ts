import { memorySpool } from '../../../agent/src/spool/index.ts';
import { spoolContract } from '../../contract/spool-contract.ts';
import { openTestSpool } from '../../support/opened-spool.ts';
import { tempDir } from '../../support/temp-dir.ts';

spoolContract('memory', async () => memorySpool());
spoolContract('segment', async (t) => openTestSpool({ dir: await tempDir(t) }));
spoolContract('tiny segment', async (t) => openTestSpool({ dir: await tempDir(t), segmentBytes: 300 }));

import { memorySpool } from '../../../agent/src/spool/index.ts';
import { spoolContract } from '../../contract/spool-contract.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { openTestSpool } from '../../support/spool/opened-spool.ts';

function durable(name: string, options: { readonly segmentBytes?: number } = {}): void {
  let dir: string;
  spoolContract(
    name,
    async () => {
      dir = await tempDir();
      return openTestSpool({ dir, ...options });
    },
    () => openTestSpool({ dir, ...options }),
  );
}

spoolContract('memory', async () => memorySpool());
durable('segment');
durable('tiny segment', { segmentBytes: 300 });

import type { TestContext } from 'node:test';
import { memorySpool } from '../../../agent/src/spool/index.ts';
import { spoolContract } from '../../contract/spool-contract.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { openTestSpool } from '../../support/spool/opened-spool.ts';

function durable(name: string, options: { readonly segmentBytes?: number } = {}): void {
  const dirs = new WeakMap<TestContext, string>();
  spoolContract(
    name,
    async (t) => {
      const dir = await tempDir(t);
      dirs.set(t, dir);
      return openTestSpool({ dir, ...options });
    },
    (t) => openTestSpool({ dir: dirs.get(t) ?? '', ...options }),
  );
}

spoolContract('memory', async () => memorySpool());
durable('segment');
durable('tiny segment', { segmentBytes: 300 });

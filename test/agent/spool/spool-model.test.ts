/** Any sequence of operations, crashes and failures: the spool answers as arithmetic over sets does. */
import fc from 'fast-check';
import { diagnostic } from '../../runner/running-test.ts';
import { sized } from '../../support/sizes.ts';
import { Real, spoolCommands } from '../../support/spool/spool-commands.ts';
import { SpoolModel } from '../../support/spool/spool-model.ts';

test('any sequence of operations, crashes, full disks and failing calls keeps every record and the ledger', async () => {
  const counts = new Map<string, number>();
  const runs = sized(150, 2_000);
  await fc.assert(
    fc.asyncProperty(spoolCommands(40), async (commands) => {
      const real = new Real(counts);
      await real.open();
      await fc.asyncModelRun(() => ({ model: new SpoolModel(), real }), commands);
      await real.spool.close();
    }),
    // A failure is made smaller for so long at most.
    { numRuns: runs, interruptAfterTimeLimit: sized(120_000, 600_000), markInterruptAsFailure: true },
  );
  diagnostic(`${runs} runs: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}`);
});

import { openLake } from '../../../local/stores/query-engine.ts';
import { rawLakeOf, rollUpAll, summaryStoreContract } from '../../contract/summary-store-contract.ts';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

summaryStoreContract('DuckDbLake', async (samples, slices) => {
  const store = await rawLakeOf(samples);
  await rollUpAll(store, slices);
  const lakeDir = await tempDir();
  await store.saveTo(lakeDir);
  const lake = await openLake({ lakeDir });
  afterTest(() => lake.close());
  return lake;
});

import { openLake } from '../../../local/stores/duckdb/index.ts';
import { rawLakeOf, rollUpAll, summaryStoreContract } from '../../contract/summary-store-contract.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

summaryStoreContract('DuckDbLake', async (test, samples, slices) => {
  const store = await rawLakeOf(samples);
  await rollUpAll(store, slices);
  const lakeDir = await tempDir(test);
  await store.saveTo(lakeDir);
  const lake = await openLake({ lakeDir });
  test.after(() => lake.close());
  return lake;
});

import type { App } from 'aws-cdk-lib';
import { readConfig } from '../config.ts';
import { CatalogStack } from './catalog-stack.ts';
import { IngestionStack } from './ingestion-stack.ts';
import { LakeStack } from './lake-stack.ts';
import { RollupStack } from './rollup-stack.ts';

/** The stacks of the configuration that stands in the app's context, in the order in which the data flows. */
export function kinetrackStacks(app: App) {
  const config = readConfig(app);
  const id = (part: string) => `${config.name}${part}`;
  const lakeStack = new LakeStack(app, id('Lake'), { config });
  const { lake } = lakeStack;
  const ingestion = new IngestionStack(app, id('Ingestion'), { config, lake });
  const rollup = new RollupStack(app, id('Rollup'), { config, lake });
  const catalog = new CatalogStack(app, id('Catalog'), { config, lake });
  return { config, lake: lakeStack, ingestion, rollup, catalog };
}

import type { App } from 'aws-cdk-lib';
import { readConfig } from '../config.ts';
import { ApiStack } from './api-stack.ts';
import { CatalogStack } from './catalog-stack.ts';
import { IdentityStack } from './identity-stack.ts';
import { IngestionStack } from './ingestion-stack.ts';
import { LakeStack } from './lake-stack.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { RollupStack } from './rollup-stack.ts';

/** Creates the stacks for the parameters in the app context, in the order of the data flow. */
export function kinetrackStacks(app: App) {
  const config = readConfig(app);
  const id = (part: string) => `${config.name}${part}`;
  const lakeStack = new LakeStack(app, id('Lake'), { config });
  const { lake } = lakeStack;
  const people = config.signIn === 'none' ? undefined : new IdentityStack(app, id('Identity'), { config });
  const ingestionStack = new IngestionStack(app, id('Ingestion'), { config, lake });
  const { ingestion } = ingestionStack;
  const rollupStack = new RollupStack(app, id('Rollup'), { config, lake });
  const { rollup } = rollupStack;
  const catalog = new CatalogStack(app, id('Catalog'), { config, lake });
  const identity = people?.identity;
  const apiStack =
    identity &&
    new ApiStack(app, id('Api'), { config, lake, identity, ingestion, deletionQueue: rollup.deletion.queue });
  const parts = { lake, ingestion, rollup, identity, api: apiStack?.api };
  const observability = new ObservabilityStack(app, id('Observability'), { config, parts });
  return {
    config,
    lake: lakeStack,
    identity: people,
    ingestion: ingestionStack,
    rollup: rollupStack,
    catalog,
    api: apiStack,
    observability,
  };
}

import type { ActivityApi } from './activity-api.ts';
import type { ActivityIdentity } from './activity-identity.ts';
import type { ActivityIngestion } from './activity-ingestion.ts';
import type { ActivityLake } from './activity-lake.ts';
import type { ActivityObservabilityProps } from './activity-observability.ts';
import type { ActivityRollup } from './activity-rollup.ts';
import { ROLLUP_TIMEOUT } from './rollup-limits.ts';

export interface ActivityParts {
  readonly lake: ActivityLake;
  readonly ingestion: ActivityIngestion;
  readonly rollup: ActivityRollup;
  /** Undefined without sign-in. */
  readonly identity: ActivityIdentity | undefined;
  readonly api: ActivityApi | undefined;
}

/** The resources of a deployment to monitor. */
export function monitoredParts(parts: ActivityParts): ActivityObservabilityProps {
  const { lake, ingestion, rollup, identity, api } = parts;
  const { stream, streamDelivery, directDelivery } = ingestion;
  return {
    ...(stream && { stream, streamRetention: stream.retention }),
    ...(streamDelivery && { deliveryStreamName: streamDelivery.name }),
    ...(directDelivery && { directDeliveryStreamName: directDelivery.name }),
    errorArrivals: lake.errorArrivals,
    tables: { Summaries: lake.summaries, ...(identity && { Devices: identity.devices }) },
    rollup: { function: rollup.function, timeout: ROLLUP_TIMEOUT, failures: rollup.failures },
    arrivals: lake.sampleArrivals,
    deletion: rollup.deletion.function,
    deadLetters: {
      Arrivals: lake.sampleDeadLetters,
      Deletions: rollup.deletion.deadLetters,
      ...(rollup.slicesDeadLetters && { Slices: rollup.slicesDeadLetters }),
    },
    ...(api && { apiId: api.http.api.apiId }),
  };
}

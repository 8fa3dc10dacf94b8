/** Kinetrack for CDK apps: `ActivityPipeline`, and the constructs that it consists of. */
export { ActivityApi, type ActivityApiProps } from './activity-api.ts';
export { ActivityCatalog, type ActivityCatalogProps } from './activity-catalog.ts';
export { ActivityIdentity, type ActivityIdentityProps } from './activity-identity.ts';
export { ActivityIngestion, type ActivityIngestionProps } from './activity-ingestion.ts';
export { ActivityLake, type ActivityLakeProps } from './activity-lake.ts';
export {
  ActivityObservability,
  type ActivityObservabilityProps,
  type AlarmSettings,
} from './activity-observability.ts';
export { ActivityPipeline, type ActivityPipelineProps } from './activity-pipeline.ts';
export { ActivityRollup, type ActivityRollupProps } from './activity-rollup.ts';
export { ActivitySource, type StreamSourceProps } from './activity-source.ts';
export type { ActivityStream, ActivityStreamProps } from './constructs/activity-stream.ts';
export type { SiteDomain } from './constructs/dashboard-site.ts';
export type { DeletionFunction, DeletionFunctionProps } from './constructs/deletion-function.ts';
export type { DeliveryStream, DeliveryStreamProps } from './constructs/delivery-stream.ts';
export type { HttpApi, HttpApiProps, Throttle } from './constructs/http-api.ts';
export type { MonitoredTable as WatchedTable } from './constructs/monitoring/lake-monitoring.ts';
export type { MonitoredFunction as WatchedFunction } from './constructs/monitoring/rollup-monitoring.ts';
export type { PrivateBucket, PrivateBucketProps } from './constructs/private-bucket.ts';
export { type CognitoSignInOptions, SecondFactor } from './constructs/user-pool.ts';
export type { LakeRetention, ResolvedRetention } from './retention.ts';
export { type OidcSignInOptions, SignIn } from './sign-in.ts';
export type { SignInClient, SignInProvider } from './sign-in-provider.ts';

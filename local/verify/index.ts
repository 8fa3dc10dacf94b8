export { COMPLETENESS_SQL } from '../../pipeline/queries/completeness.ts';
export { describeVerification } from './describe.ts';
export type { DeviceCompleteness, Verification } from './device-completeness.ts';
export { type VerifyOptions, verifyLake } from './verify-lake.ts';

export * from './diagnose.ts';
export * from './monitor.ts';
export { networkDetail } from './network-detail.ts';
export { observedSink } from './observed-sink.ts';
export { type Surroundings, systemSurroundings } from './surroundings.ts';

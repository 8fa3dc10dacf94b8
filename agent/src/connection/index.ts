export * from './diagnose.ts';
export * from './monitor.ts';
export { type Surroundings, systemSurroundings } from './surroundings.ts';

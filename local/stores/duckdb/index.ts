export { type DuckDbLake, type LakeOptions, openLake } from '../query-engine.ts';
export { QueryError } from './query-error.ts';

export { type DuckDbLake, type LakeOptions, openLake } from './lake.ts';
export { QueryError } from './query-error.ts';

export { cachedRegistry } from './cached-registry.ts';
export { createIngest, type Ingest, type IngestDeps, type RequestFigures } from './create-ingest.ts';
export { MAX_BODY_BYTES, MAX_LINES, MAX_UNPACKED_BYTES } from './limits.ts';

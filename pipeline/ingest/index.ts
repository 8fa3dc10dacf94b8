export { cachedRegistry } from './cached-registry.ts';
export {
  createIngest,
  type Ingest,
  type IngestDeps,
  type RequestFigures,
  SEND_EVERY_S,
} from './create-ingest.ts';
export { MAX_BODY_BYTES, MAX_LINES, MAX_UNPACKED_BYTES } from './track-request.ts';

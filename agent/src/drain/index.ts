export { Drain, type DrainOptions, type FlushResult } from './drain.ts';

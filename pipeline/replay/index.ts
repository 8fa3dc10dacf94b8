export { InvalidPrefix, type ReplayCounts, type ReplayOptions, replay } from './replay.ts';

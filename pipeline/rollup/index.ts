export { judgeListed, judgeMinute, type Verdict } from './judge.ts';
export { type Classify, compileLists, type Listed } from './matchers.ts';
export type { MinuteFigures } from './minute.ts';
export { type RollupReport, type RollupRequest, rollupHour } from './rollup-hour.ts';
export { settledRollup } from './settled-rollup.ts';

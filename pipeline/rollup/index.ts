export { judgeListed, judgeMinute, type Verdict } from './judge.ts';
export { type Classify, compileLists, type Listed } from './matchers.ts';
export type { MinuteFigures } from './minute.ts';
export { type FilteredFile, FOOTER_BYTES, RollupFile, withoutPeople } from './parquet-file.ts';
export { rawSamplesPrefix } from './read-samples.ts';
export {
  hourPrefix,
  hoursKey,
  minutesKey,
  partIndexOf,
  partKey,
  partsOf,
  type RollupTableName,
  tableOf,
} from './rollup-files.ts';
export { type RollupReport, type RollupRequest, rollupHour } from './rollup-hour.ts';
export { checkSlice, heirsOf, InvalidSlice, MAX_SLICES, type Slice, sliceOf, WHOLE } from './slices.ts';
export { touchedHours } from './touched-hours.ts';

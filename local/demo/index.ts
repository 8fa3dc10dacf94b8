export { workdayBefore } from './calendar.ts';
export { DemoLakeError } from './demo-marker.ts';
export { type FillDemoLakeOptions, type FilledDemoLake, fillDemoLake } from './fill-lake.ts';
export {
  DEMO_DEFAULTS,
  type DemoBatch,
  type DemoFleet,
  type DemoFleetOptions,
  type DemoHour,
  demoFleet,
} from './fleet.ts';
export type { DemoDevice, DemoPerson } from './people.ts';

/**
 * The raw samples of an hour, each once. Several objects are read at a time: one after the other, an hour of a large
 * fleet would spend minutes waiting for the first byte of some thousand objects. In whatever order their lines come
 * in, the ledger is the same; what is under way at one moment is a chunk or two per object.
 */
import type { RuleSet, UtcHour } from '@kinetrack/schema';
import { eachAtOnce } from '../lake/each-at-once.ts';
import { rawSamplesPrefix } from '../lake/keys.ts';
import { readLines } from '../lake/lines.ts';
import { ObjectNotFound, type ObjectStore } from '../lake/ports.ts';
import { compareText } from '../lake/row-order.ts';
import type { Slice } from '../lake/slices.ts';
import type { Tombstones } from '../lake/tombstones.ts';
import { compileLists } from './matchers.ts';
import { SampleLedger } from './sample-ledger.ts';
import type { Defect, SamplePart } from './sample-part.ts';
import { SampleReader } from './sample-reader.ts';
import { OTHER_SLICE } from './scanner/sample-scanner.ts';

export interface SampleSource {
  readonly store: ObjectStore;
  readonly hour: UtcHour;
  readonly rules: RuleSet;
  readonly slice: Slice;
  readonly tombstones: Tombstones;
  /** Objects that are read at the same time. */
  readonly readsAtOnce: number;
}

export interface ReadSamples {
  readonly ledger: SampleLedger;
  readonly objects: number;
  /** Ascending. */
  readonly damagedObjects: readonly string[];
  readonly malformed: Readonly<Partial<Record<Defect | 'too_long', number>>>;
  /** People of whom samples were left out because they were deleted. */
  readonly hiddenUsers: ReadonlySet<string>;
  /** Those samples. */
  readonly hidden: number;
}

export async function readSamples(source: SampleSource): Promise<ReadSamples> {
  const { store, hour, rules, slice, tombstones, readsAtOnce } = source;
  const ledger = new SampleLedger();
  const samples = new SampleReader(hour, compileLists(rules), slice);
  const malformed: Partial<Record<Defect | 'too_long', number>> = {};
  const hiddenUsers = new Set<string>();
  const damagedObjects: string[] = [];
  let hidden = 0;
  let objects = 0;
  const reject = (why: Defect | 'too_long') => {
    malformed[why] = (malformed[why] ?? 0) + 1;
  };
  const reader = {
    onLine: (bytes: Buffer, from: number, to: number) => {
      const part = samples.read(bytes, from, to);
      if (part === OTHER_SLICE) return;
      if (typeof part === 'string') reject(part);
      else if (tombstones.excludes(part.userId, startMsOf(part))) {
        hiddenUsers.add(part.userId);
        hidden += 1;
      } else ledger.add(part);
    },
    onOversized: () => {
      if (slice.index === 0) reject('too_long');
    },
  };
  await eachAtOnce(store.list(rawSamplesPrefix(hour)), readsAtOnce, async ({ key }) => {
    if (!key.endsWith('.json.gz')) return;
    try {
      if ((await readLines(store.read(key), reader)) === 'damaged') damagedObjects.push(key);
      objects += 1;
    } catch (error) {
      // Deleted between the listing and now: as if it had not been listed.
      if (!(error instanceof ObjectNotFound)) throw error;
    }
  });
  return {
    ledger,
    objects,
    damagedObjects: damagedObjects.sort(compareText),
    malformed,
    hiddenUsers,
    hidden,
  };
}

/** The agent stamps a sample with its first observed second. */
const startMsOf = ({ minute, fromS }: SamplePart): number => Date.parse(`${minute}:00.000Z`) + fromS * 1000;

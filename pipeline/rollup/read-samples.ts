/**
 * Reads the raw samples of an hour, without duplicates. Several objects are read concurrently: the
 * first byte of each of several thousand objects takes some 30 ms. The order of lines does not affect
 * the result. Memory holds one or two chunks per object.
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
  /** Objects read concurrently. */
  readonly readsAtOnce: number;
}

export interface ReadSamples {
  readonly ledger: SampleLedger;
  readonly objects: number;
  /** Ascending. */
  readonly damagedObjects: readonly string[];
  readonly malformed: Readonly<Partial<Record<Defect | 'too_long', number>>>;
  /** People whose samples were excluded by a tombstone. */
  readonly excludedUsers: ReadonlySet<string>;
  /** Number of those samples. */
  readonly hidden: number;
}

export async function readSamples(source: SampleSource): Promise<ReadSamples> {
  const { store, hour, rules, slice, tombstones, readsAtOnce } = source;
  const ledger = new SampleLedger();
  const samples = new SampleReader(hour, compileLists(rules), slice);
  const malformed: Partial<Record<Defect | 'too_long', number>> = {};
  const excludedUsers = new Set<string>();
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
        excludedUsers.add(part.userId);
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
      // Deleted after the listing.
      if (!(error instanceof ObjectNotFound)) throw error;
    }
  });
  return {
    ledger,
    objects,
    damagedObjects: damagedObjects.sort(compareText),
    malformed,
    excludedUsers,
    hidden,
  };
}

/** `ts` of a sample is its first observed second. */
const startMsOf = ({ minute, fromS }: SamplePart): number => Date.parse(`${minute}:00.000Z`) + fromS * 1000;

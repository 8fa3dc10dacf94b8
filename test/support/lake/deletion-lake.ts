/** Small lakes for deletions: the same lake with and without a person. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type ActivityType, DEFAULT_RULES, rawPrefix, type UtcHour } from '@kinetrack/schema';
import type { DeletionDependencies } from '../../../pipeline/deletion/index.ts';
import type { ObjectStore } from '../../../pipeline/lake/ports.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { sampleEvent } from './raw-samples.ts';
import { VersionedMemoryStore } from './versioned-store.ts';

export const HOURS: readonly UtcHour[] = [
  { dt: '2026-11-19', hour: '23' },
  { dt: '2026-11-20', hour: '09' },
];
export const NOW_MS = Date.parse('2026-11-20T12:00:00.000Z');

export const eventLine = (event: object): string => `${JSON.stringify(event)}\n`;

export const sampleLine = (user: string, hour: UtcHour, minute: number, device = deviceOf(user)): string =>
  eventLine(
    sampleEvent({
      user_id: user,
      device_id: device,
      seq: Number(hour.hour) * 60 + minute + 1,
      event_id: `${device}:${Number(hour.hour) * 60 + minute + 1}`,
      ts: `${hour.dt}T${hour.hour}:${String(minute).padStart(2, '0')}:00.000Z`,
    }),
  );

export const otherLine = (user: string, type: ActivityType, { dt, hour }: UtcHour): string =>
  eventLine({ activity_type: type, user_id: user, ts: `${dt}T${hour}:30:00.000Z`, note: `"${user}"` });

/** One device per person. */
export const deviceOf = (user: string): string => {
  const digits = Buffer.from(user).toString('hex').padEnd(12, '0').slice(0, 12);
  return `00000000-0000-4000-8000-${digits}`;
};

export const gzipLines = (lines: readonly string[]): Buffer => gzipSync(lines.join(''));
export const textOf = (body: Uint8Array): string => gunzipSync(body).toString();

/** Raw objects of these people, with their rollups. The lines of a person do not depend on the others. */
export async function lakeOf(
  people: readonly string[],
  now: () => number = () => NOW_MS,
): Promise<VersionedMemoryStore> {
  const store = new VersionedMemoryStore(now);
  await fillLake(store, people);
  for (const key of store.objects.keys()) store.writtenMs.set(key, NOW_MS - 3_600_000);
  store.puts.length = 0;
  store.reads.length = 0;
  store.versions.clear();
  return store;
}

export async function fillLake(store: ObjectStore, people: readonly string[]): Promise<void> {
  for (const hour of HOURS) {
    const folder = (type: ActivityType) => `${rawPrefix(type)}dt=${hour.dt}/hour=${hour.hour}/`;
    const put = async (key: string, lines: readonly string[]) => {
      if (lines.length > 0) await store.put(key, gzipLines(lines));
    };
    const minutes = [0, 1, 2, 40];
    // One object of all people, minute by minute, and one object per person.
    await put(
      `${folder('sample')}together.json.gz`,
      minutes.flatMap((minute) => people.map((user) => sampleLine(user, hour, minute))),
    );
    for (const user of people) {
      await put(`${folder('sample')}own-${Buffer.from(user).toString('hex')}.json.gz`, [
        sampleLine(user, hour, 50),
      ]);
    }
    for (const type of ['idle', 'system'] as const) {
      await put(
        `${folder(type)}together.json.gz`,
        people.map((user) => otherLine(user, type, hour)),
      );
    }
    await rollupHour({ store, hour, rules: DEFAULT_RULES });
  }
}

export const deletionContext = (
  store: VersionedMemoryStore,
  more: Partial<DeletionDependencies> = {},
): DeletionDependencies => ({
  store,
  history: store,
  now: () => NOW_MS,
  newSalt: () => 'a salt that nobody guesses',
  expires: () => [],
  parallel: 3,
  ...more,
});

/** Hashes of all objects except deletions/: of the text of raw objects, of the bytes of others. */
export function contentOf(store: VersionedMemoryStore): Map<string, string> {
  const content = new Map<string, string>();
  for (const [key, body] of store.objects) {
    if (key.startsWith('deletions/')) continue;
    content.set(
      key,
      createHash('sha256')
        .update(key.endsWith('.gz') ? textOf(body) : body)
        .digest('hex')
        .slice(0, 12),
    );
  }
  return content;
}

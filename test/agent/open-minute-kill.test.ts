/** kill -9 at any moment of the minute: it is delivered up to the last draft, and no second of it twice. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ActivityTracker, systemRuntime } from '@kinetrack/agent';
import { DEFAULT_RULES, type Sample, type UtcHour } from '@kinetrack/schema';
import { minutesKey } from '../../pipeline/lake/keys.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';
import { afterTest, diagnostic } from '../runner/running-test.ts';
import { FakeSink } from '../support/agent/fake-sink.ts';
import { FakeMachine } from '../support/agent/fake-sources.ts';
import { MemoryObjectStore } from '../support/lake/memory-object-store.ts';
import { parquetRows } from '../support/lake/parquet-rows.ts';
import { rawObject, rawSampleKey } from '../support/lake/raw-samples.ts';
import { bundled } from '../support/process/bundled.ts';
import { findIn } from '../support/process/find-text.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { seeded } from '../support/seeded.ts';
import { sized } from '../support/sizes.ts';
import { DRAFT_TITLE, draftStatementsIn, HURRY, LeftBehind } from '../support/spool/draft-statements.ts';

const KILLS = sized(15, 150);
/** Moments that random kills hardly meet, each at the draft of an earlier agent or the first own, and at a later one. */
const MOMENTS = ['wrote', 'clearing', 'cleared', 'accepted'].flatMap((what) => [
  [what, '1'],
  [what, '2'],
]);
const TIMES_EACH = sized(1, 8);
/** A minute of the agent's lasts a second: kills fall into the first and into the second of each. */
const LONGEST_LIFE_MS = 1600;
const FIRST_MS = Date.UTC(2026, 10, 1, 9);

test('delivers the killed minute up to its last draft, with every key, and no second twice', async () => {
  const root = await tempDir();
  const agent = await bundled(root, 'spool/draft-agent');
  const dataDir = join(root, 'data');
  const random = seeded(7);
  const behind = new LeftBehind();
  const beganMs = performance.now();

  const atRandom = Array.from({ length: KILLS }, (): readonly string[] => []);
  const rounds = [...atRandom, ...Array.from({ length: TIMES_EACH }, () => MOMENTS).flat()];
  for (const moment of rounds.sort(() => random() - 0.5)) {
    // Later than anything that an earlier agent can have seen.
    const wallMs = FIRST_MS + Math.floor((performance.now() - beganMs) * HURRY);
    const lifeMs = moment.length > 0 ? null : random() * LONGEST_LIFE_MS;
    const output = await outputOfKilled([agent, dataDir, String(wallMs), ...moment], lifeMs);
    behind.listen(draftStatementsIn(output));
    const draft = await readFile(join(dataDir, 'open-minute')).catch(() => Buffer.alloc(0));
    assert.deepEqual(findIn('the draft', draft, [DRAFT_TITLE]), []);
  }
  const samples = await deliveredFrom(dataDir);

  const seconds = samples.flatMap(secondsOf);
  assert.equal(new Set(seconds).size, seconds.length, 'no second twice');
  assert.deepEqual(await rolledUp(samples), countedOnce(samples), 'nor a key of it in the rollup');
  for (const { session, ts } of behind.accepted) {
    assert.ok(samples.some((sample) => sample.session_id === session && sample.ts === ts));
  }

  const sure = behind.left.filter(({ isSure }) => isSure);
  let exact = 0;
  for (const { draft, typed, isComplete } of sure) {
    const ofSession = samples.filter(({ session_id }) => session_id === draft.session_id);
    const minute = ofSession.at(-1);
    assert.equal(minute?.ts, new Date(draft.atMs).toISOString(), 'the minute is there');
    assert.deepEqual([minute.user_id, minute.time_zone], [draft.user_id, draft.time_zone]);
    // The kill may have come after a further draft and before it was said.
    assert.ok(minute.to_s >= draft.body.to_s);
    if (minute.to_s > draft.body.to_s || !isComplete) continue;
    exact += 1;
    assert.equal(keysOf(minute), typed, 'every key up to the draft');
  }
  assert.ok(sure.length > KILLS / 2, `only ${sure.length} drafts in ${KILLS} kills`);
  assert.ok(exact > KILLS / 10, `only ${exact} of ${sure.length} drafts were compared to the key`);
  diagnostic(
    `${rounds.length} kills, ${behind.left.length} in an open minute, ${behind.left.length - sure.length} of them while a ` +
      `sample went into the queue, ${exact} exact to the key; ${samples.length} samples, ` +
      `${seconds.length} seconds, 0 twice`,
  );
});

/** What an agent said before it was killed, so many ms after it had started, or killed itself. */
async function outputOfKilled(args: readonly string[], lifeMs: number | null): Promise<string> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  afterTest(() => child.kill('SIGKILL'));
  let output = '';
  let isStarted: boolean = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (lifeMs === null || isStarted || !output.includes('"started"')) return;
    isStarted = true;
    setTimeout(() => child.kill('SIGKILL'), lifeMs);
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL', 'the agent ended by itself');
  return output;
}

/** All samples that wait in the queue of a dead agent, in their order, by an agent that is online. */
async function deliveredFrom(dataDir: string): Promise<readonly Sample[]> {
  const sink = new FakeSink();
  const tracker = new ActivityTracker({
    ...{ dataDir, sink, userId: 'joan', keyStore: 'file', closeTimeoutMs: 60_000 },
    sources: new FakeMachine(systemRuntime).factories,
  });
  await tracker.start();
  const session = tracker.status().sessionId;
  assert.deepEqual(await tracker.close(), { status: 'delivered' });
  return sink
    .events()
    .flatMap((event) => (event.activity_type === 'sample' && event.session_id !== session ? [event] : []))
    .sort((one, other) => one.seq - other.seq);
}

const secondsOf = ({ ts, from_s, to_s }: Sample): readonly number[] =>
  Array.from({ length: to_s - from_s }, (_, i) => Date.parse(ts) / 1000 + i);

const sumOf = (figures: readonly number[]): number => figures.reduce((sum, figure) => sum + figure, 0);

const keysOf = ({ keys }: Sample): number => sumOf(keys ?? []);

interface Counted {
  seconds: number;
  keys: number;
}

/** What there is when each second counts once, whatever came for it. */
function countedOnce(samples: readonly Sample[]): Counted {
  const keysOfSecond = new Map<number, number>();
  for (const sample of samples) {
    secondsOf(sample).forEach((second, i) => {
      keysOfSecond.set(second, sample.keys?.[i] ?? 0);
    });
  }
  return { seconds: keysOfSecond.size, keys: sumOf([...keysOfSecond.values()]) };
}

/** What the rollup makes of it, which adds up the parts of a minute. */
async function rolledUp(samples: readonly Sample[]): Promise<Counted> {
  const store = new MemoryObjectStore(64 * 1024);
  const counted = { seconds: 0, keys: 0 };
  for (const name of new Set(samples.map(({ ts }) => ts.slice(0, 13)))) {
    const ofHour = samples.filter(({ ts }) => ts.startsWith(name));
    const hour: UtcHour = { dt: name.slice(0, 10), hour: name.slice(11) };
    await store.put(rawSampleKey(hour, 'object'), rawObject(ofHour));
    counted.seconds += (await rollupHour({ store, hour, rules: DEFAULT_RULES })).observedS;
    const rows = await parquetRows(store.objects.get(minutesKey(hour)) ?? assert.fail('no minutes'));
    counted.keys += sumOf(rows.map(({ keys }) => Number(keys)));
  }
  return counted;
}

/** The demo's lines are the agent's: a tracker given the same signals writes the same bytes, and rollups read them fast. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { ActivityTracker, memorySpool, type Sink } from '@kinetrack/agent';
import { DEFAULT_RULES, utcHourOf } from '@kinetrack/schema';
import { demoFleet } from '../../../local/demo/index.ts';
import { NO_INPUT } from '../../../local/demo/input-model.ts';
import { AGENT_SETTINGS, SimulatedAgent, STREAM_NAME } from '../../../local/demo/simulated-agent.ts';
import { SimulatedRuntime } from '../../../local/demo/simulated-runtime.ts';
import { compileLists } from '../../../pipeline/rollup/matchers.ts';
import { SampleScanner } from '../../../pipeline/rollup/scanner/sample-scanner.ts';
import { StringPool } from '../../../pipeline/rollup/string-pool.ts';
import { afterTest } from '../../runner/running-test.ts';
import { FakeMachine } from '../../support/agent/fake-sources.ts';
import { collect } from '../../support/collect.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

const FLEET = { people: 4, days: 3, endDate: '2026-11-13' } as const;

test('reads every sample of the fleet with the fast scanner', async () => {
  const classify = compileLists(DEFAULT_RULES);
  let samples = 0;
  let fast = 0;
  for await (const { batches } of demoFleet(FLEET).hours()) {
    for (const { events, records } of batches) {
      for (const [index, event] of events.entries()) {
        if (event.activity_type !== 'sample') continue;
        const line = Buffer.from(records[index]?.line ?? '');
        samples += 1;
        const scanner = new SampleScanner(utcHourOf(event.ts), classify, new StringPool());
        if (scanner.scan(line, 0, line.length) !== undefined) fast += 1;
      }
    }
  }
  assert.ok(samples > 5000, `${samples} samples`);
  assert.equal(fast, samples);
});

/** What happens to a computer, as both sides of the comparison can be told it. */
interface Signals {
  readonly runtime: SimulatedRuntime;
  input(figures: { keys: number; clicks: number; scrolls: number; distancePx: number }): void;
  window(app: string, title: string): void;
}

/** An hour with typing, a jiggle, silences, other windows, a sleep and a journey. */
function live({ runtime, input, window }: Signals): void {
  const startMs = runtime.now();
  const passTo = (ms: number) => runtime.passTo(startMs + ms);
  window('Visual Studio Code', 'search - atlas');
  for (let second = 0; second < 600; second += 1) {
    passTo(second * 1000 + 700);
    if (second % 90 < 40) input({ ...NO_INPUT, keys: second % 7, clicks: second % 3 });
    if (second % 120 === 60) window('Google Chrome', `Pull requests ${second} - GitHub`);
    if (second % 120 === 100) window('Slack', 'team - Slack');
  }
  passTo(900_000);
  runtime.sleepTo(startMs + 1_800_000);
  for (let second = 1801; second < 2400; second += 10) {
    passTo(second * 1000);
    input({ ...NO_INPUT, distancePx: 2 });
  }
  runtime.moveTo('America/New_York');
  passTo(3_600_300);
}

const runtimeFor = (): SimulatedRuntime =>
  new SimulatedRuntime({
    key: ['lines'],
    timeZone: 'Europe/Berlin',
    epochMs: Date.parse('2026-11-13T08:15:22.345Z'),
  });

test('a tracker given the same signals writes the same bytes', async () => {
  const runtime = runtimeFor();
  const machine = new FakeMachine(runtime);
  const written: string[] = [];
  const sink: Sink = {
    name: `kinesis:${STREAM_NAME}`,
    async send(records) {
      written.push(...records.map(({ line }) => line));
      return records.map(() => ({ status: 'delivered' }) as const);
    },
    async close() {},
  };
  const tracker = new ActivityTracker({
    ...AGENT_SETTINGS,
    ...{ runtime, sink, userId: 'ada.demo', dataDir: await tempDir(), spool: memorySpool() },
    sources: machine.factories,
  });
  await tracker.start();
  const { deviceId, sessionId } = tracker.status();
  assert.ok(deviceId !== null && sessionId !== null);
  live({
    runtime,
    input: (figures) => machine.type(figures),
    window: (app, title) => machine.show(app, title),
  });
  let isClosed: boolean = false;
  const closed = tracker.close().finally(() => {
    isClosed = true;
  });
  while (!isClosed) {
    await turn();
    if (!isClosed) runtime.passTo(runtime.now() + 1);
  }
  assert.deepEqual(await closed, { status: 'delivered' });

  const simulated = runtimeFor();
  const agent = new SimulatedAgent({
    runtime: simulated,
    identity: { deviceId, sessionId, userId: 'ada.demo' },
    lastSeq: 0,
    isOffline: false,
  });
  await agent.start(() => {});
  live({
    runtime: simulated,
    input: (figures) => agent.input(figures),
    window: (app, title) => agent.window({ app, title }),
  });
  const lines = (await agent.stop()).flatMap(({ records }) => records.map(({ line }) => line));

  assert.ok(lines.length > 60, `${lines.length} lines`);
  assert.deepEqual(lines, written);
});

test('the same in every time zone of this machine', async () => {
  const before = process.env.TZ;
  afterTest(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });
  const texts = new Set<string>();
  for (const zone of ['UTC', 'Pacific/Chatham', 'Pacific/Marquesas']) {
    process.env.TZ = zone;
    const hours = await collect(demoFleet({ ...FLEET, people: 2, days: 2 }).hours());
    texts.add(JSON.stringify(hours));
  }
  assert.equal(texts.size, 1);
});

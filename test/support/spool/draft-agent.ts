/**
 * Child process: an offline agent with constant typing that reports its open minutes until it is killed. Arguments:
 * data directory, UTC ms at the start, and optionally a statement and a number: `cleared 2` kills the process after
 * its second `cleared`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ActivityTracker, type OpenMinute, openQueue } from '../../../agent/src/index.ts';
import { FakeMachine } from '../agent/fake-sources.ts';
import { acceleratedRuntime } from '../time/accelerated-runtime.ts';
import { ACCELERATION, DRAFT_TITLE, type DraftStatement } from './draft-statements.ts';

/** After a longer pause the agent may assume that the machine slept. */
const LONG_MS = 5000;

async function run(dataDir: string, wallMs: number): Promise<void> {
  const runtime = acceleratedRuntime(ACCELERATION, wallMs);
  const machine = new FakeMachine(runtime);
  const queue = await openQueue({ dataDir, keyStore: 'file', maxBytes: 64 * 1024 * 1024, runtime });
  const typed = { minute: 0, keys: 0 };
  let isWriting: boolean = false;
  let clears = 0;
  const openMinute: OpenMinute = {
    recover: () => queue.openMinute.recover(),
    async write(draft) {
      // A draft that arrives during a write is left out.
      if (isWriting) return;
      isWriting = true;
      const before = clears;
      const keys = minuteOf(draft.atMs) === typed.minute ? typed.keys : 0;
      await queue.openMinute.write(draft);
      isWriting = false;
      // A clear that began meanwhile follows immediately.
      if (clears === before) report({ kind: 'wrote', draft, typed: keys });
    },
    async clear() {
      clears += 1;
      report({ kind: 'clearing' });
      await queue.openMinute.clear();
      report({ kind: 'cleared' });
    },
  };
  const tracker = new ActivityTracker({
    ...{ dataDir, ...queue, openMinute, runtime, userId: 'jane', detail: 'counts', titleMode: 'full' },
    sources: machine.factories,
    sink: {
      name: 'nowhere',
      send: async (records) => records.map(() => ({ status: 'retryable', reason: 'no network' })),
      close: async () => {},
    },
  });
  tracker.on('event', (event) => {
    if (event.activity_type === 'sample')
      report({ kind: 'accepted', session: event.session_id, ts: event.ts });
  });
  await tracker.start();
  report({ kind: 'started', atMs: runtime.now() });
  let lastMs = runtime.monotonic();
  for (let turn = 0; ; turn += 1) {
    const nowMs = runtime.monotonic();
    if (nowMs - lastMs > LONG_MS) report({ kind: 'gap' });
    lastMs = nowMs;
    if (turn % 25 === 0) machine.show(`app ${(turn / 25) % 3}`, `${DRAFT_TITLE} ${turn}`);
    const second = Math.floor(runtime.now() / 1000);
    // No keys at the edges of a minute: their minute would be ambiguous.
    if (second % 60 !== 0 && second % 60 !== 59) {
      const minute = minuteOf(second * 1000);
      typed.keys = minute === typed.minute ? typed.keys + 1 : 1;
      typed.minute = minute;
      machine.type({ keys: 1 });
    }
    await pause(2);
  }
}

const minuteOf = (atMs: number): number => Math.floor(atMs / 60_000);

/** Writes synchronously: pipes are synchronous on POSIX. */
function report(statement: DraftStatement): void {
  process.stdout.write(`${JSON.stringify(statement)}\n`);
  if (statement.kind !== killAfter) return;
  remaining -= 1;
  if (remaining === 0) process.kill(process.pid, 'SIGKILL');
}

const [dataDir = '', wallMs, killAfter, count] = process.argv.slice(2);
let remaining = Number(count);
await run(dataDir, Number(wallMs));

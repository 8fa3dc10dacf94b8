/**
 * A process with a whole agent in it that is offline and there to be killed: it types without a pause, and says what
 * becomes of its minutes. Arguments: data directory, UTC ms at its start, and where it is to kill itself: `cleared 2`
 * when it has said so for the second time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ActivityTracker, type OpenMinute, openQueue } from '../../../agent/src/index.ts';
import { FakeMachine } from '../agent/fake-sources.ts';
import { acceleratedRuntime } from '../time/accelerated-runtime.ts';
import { ACCELERATION, DRAFT_TITLE, type DraftStatement } from './draft-statements.ts';

/** A process that stood still for longer may take it for a sleep of the machine. */
const LONG_MS = 5000;

async function live(dataDir: string, wallMs: number): Promise<void> {
  const runtime = acceleratedRuntime(ACCELERATION, wallMs);
  const machine = new FakeMachine(runtime);
  const queue = await openQueue({ dataDir, keyStore: 'file', maxBytes: 64 * 1024 * 1024, runtime });
  const typed = { minute: 0, keys: 0 };
  let isWriting: boolean = false;
  let clears = 0;
  const openMinute: OpenMinute = {
    recover: () => queue.openMinute.recover(),
    async write(draft) {
      // One that comes while another is being written is left out.
      if (isWriting) return;
      isWriting = true;
      const before = clears;
      const keys = minuteOf(draft.atMs) === typed.minute ? typed.keys : 0;
      await queue.openMinute.write(draft);
      isWriting = false;
      // A clear that was begun meanwhile comes right behind it.
      if (clears === before) say({ say: 'wrote', draft, typed: keys });
    },
    async clear() {
      clears += 1;
      say({ say: 'clearing' });
      await queue.openMinute.clear();
      say({ say: 'cleared' });
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
    if (event.activity_type === 'sample') say({ say: 'accepted', session: event.session_id, ts: event.ts });
  });
  await tracker.start();
  say({ say: 'started', atMs: runtime.now() });
  let lastMs = runtime.monotonic();
  for (let turn = 0; ; turn += 1) {
    const nowMs = runtime.monotonic();
    if (nowMs - lastMs > LONG_MS) say({ say: 'gap' });
    lastMs = nowMs;
    if (turn % 25 === 0) machine.show(`app ${(turn / 25) % 3}`, `${DRAFT_TITLE} ${turn}`);
    const second = Math.floor(runtime.now() / 1000);
    // Nothing at the edges, so that no doubt is possible about which minute it was.
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

/** Written at once, before the process goes on: pipes are synchronous on POSIX. */
function say(statement: DraftStatement): void {
  process.stdout.write(`${JSON.stringify(statement)}\n`);
  if (statement.say !== deadly) return;
  lives -= 1;
  if (lives === 0) process.kill(process.pid, 'SIGKILL');
}

const [dataDir = '', wallMs, deadly, often] = process.argv.slice(2);
let lives = Number(often);
await live(dataDir, Number(wallMs));

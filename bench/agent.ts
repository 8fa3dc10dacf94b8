/**
 * Cost of the agent. The input of one hour runs through it twice, at full speed:
 * - live: X events by XTEST through hook, capture process, pipe, accounting and the queue on disk. Measures
 *   the CPU of the agent and of the capture process per event of the hook. Most of the latter is the hook
 *   itself, which wakes two threads per event: without handlers it also needs 10 to 20 us.
 * - replayed: the same hour in simulated time, with 3,600 ticks, 60 samples, thousands of single events and
 *   their syncs. Measures the CPU per hour, which the short live run cannot.
 *
 * Memory is measured for both processes afterwards.
 *
 * Run: npx tsx bench/agent.ts. Without an X server (Xvfb, xdotool), only the replay runs.
 */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { type HumanEvent, humanHour, PackedHour, SCREEN } from '../test/support/agent/human-hour.ts';
import { hookEvents } from '../test/support/agent/replay-hour.ts';
import { openXSession, type XSession } from '../test/support/agent/x-session.ts';
import type { HostAnswer, HostFigures } from './support/agent-host.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/**
 * Number of xdotool processes that move the mouse: a few thousand events a second, more than a person
 * produces.
 */
const MOVERS = Array.from({ length: 3 }, (_, index) => index);
/** An hour replayed in seconds leaves more garbage than a real one. V8 releases it after some idle time. */
const REST_MS = 12_000;
const HOUR_FILE = 'hour.f64';
/** In the repository, so that its dependencies resolve; not committed. */
const BUILD_DIR = join(ROOT, 'bench/results/agent-build');

export async function benchAgent(): Promise<Figures> {
  const { events } = await humanHour();
  const folder = await mkdtemp(join(tmpdir(), 'kinetrack-bench-'));
  const session = await openXSession({ size: `${SCREEN.width}x${SCREEN.height}` }).catch(() => null);
  await writeFile(join(folder, HOUR_FILE), PackedHour.of(events).bytes);
  const host = await startHost(folder, session);
  try {
    const live = session === null ? {} : await measureLive(host, session, events, folder);
    host.send('replay');
    const { replayed } = await answerOf(host, 'replayed');
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const after = await figuresOf(host);
    return {
      ...live,
      replayedInputEvents: replayed.events,
      replayedDeliveredEvents: replayed.delivered,
      replayedHourCpuSeconds: rounded(replayed.cpuMs / 1000, 2),
      rssMiBAgent: rounded(after.agentRssMiB, 1),
      rssMiBChild: rounded(after.childRssMiB, 1),
      rssMiBAgentPeak: rounded(after.agentPeakRssMiB, 1),
      rssMiBTotal: rounded(after.agentRssMiB + after.childRssMiB, 1),
    };
  } finally {
    host.send('close');
    await once(host, 'exit');
    await session?.close();
    await rm(folder, { recursive: true });
  }
}

/** Bundled like the package, to exclude a loader from the measurement. */
async function startHost(folder: string, session: XSession | null): Promise<ChildProcess> {
  const shared = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['@aws-sdk/*', '@smithy/*', 'uiohook-napi', 'active-win'],
  } satisfies BuildOptions;
  await Promise.all([
    build({ ...shared, entryPoints: [join(ROOT, 'bench/support/agent-host.ts')], outdir: BUILD_DIR }),
    build({
      ...shared,
      entryPoints: [join(ROOT, 'agent/src/sources/native/input-child.ts')],
      outdir: join(BUILD_DIR, 'sources/native'),
    }),
  ]);
  const host = fork(
    join(BUILD_DIR, 'agent-host.js'),
    ['live', 'replay', HOUR_FILE].map((name) => join(folder, name)),
    {
      env: session?.env ?? process.env,
      execArgv: [],
    },
  );
  await answerOf(host, 'ready');
  return host;
}

async function measureLive(
  host: ChildProcess,
  session: XSession,
  events: readonly HumanEvent[],
  folder: string,
): Promise<Figures> {
  // One process sends all keys and buttons, because pressing a key twice at the same time counts once.
  const [moves, others] = [events.filter(isMove), events.filter((event) => !isMove(event))];
  const shares = [others, ...MOVERS.map((hand) => moves.filter((_, i) => i % MOVERS.length === hand))];
  const scripts = shares.map((_, index) => join(folder, `${index}.xdotool`));
  for (const [index, share] of shares.entries()) {
    // The query at the end waits for the X server, which may discard pending events of an exiting client.
    const commands = [...share.map(xdotoolCommand), 'getmouselocation'];
    await writeFile(scripts[index] ?? '', commands.map((command) => `${command}\n`).join(''));
  }
  const before = await figuresOf(host);
  if (!before.isCapturing)
    throw new Error('the agent does not capture input on the display of the benchmark');
  await Promise.all(scripts.map((script) => run('xdotool', [script], { env: session.env })));
  const after = await untilQuiet(host);
  const keys = events.filter(({ kind }) => kind === 'key').length;
  if (after.keys !== keys)
    throw new Error(`${after.keys} of ${keys} keystrokes arrived; the figures are not valid`);
  const count = events.reduce((total, event) => total + hookEvents(event), 0);
  const agentMicros = ((after.agentCpuMs - before.agentCpuMs) * 1000) / count;
  const childMicros = ((after.childCpuMs - before.childCpuMs) * 1000) / count;
  return {
    inputEvents: count,
    cpuMicrosPerInputEvent: rounded(agentMicros + childMicros, 2),
    cpuMicrosPerInputEventAgent: rounded(agentMicros, 2),
    cpuMicrosPerInputEventChild: rounded(childMicros, 2),
    inputEventsPerCpuSecond: Math.round(1e6 / (agentMicros + childMicros)),
  };
}

const isMove = ({ kind }: HumanEvent): boolean => kind === 'move';

/** xdotool's key command sends press and release, here without its delay. */
function xdotoolCommand(event: HumanEvent): string {
  switch (event.kind) {
    case 'move':
      return `mousemove ${event.x} ${event.y}`;
    case 'press':
      return `mousedown ${event.button}`;
    case 'release':
      return `mouseup ${event.button}`;
    case 'wheel': {
      // xdotool's click command takes 12 ms.
      const button = event.direction === 'up' ? 4 : 5;
      return `mousedown ${button} mouseup ${button}`;
    }
    case 'key':
      return `key --delay 0 ${event.key}`;
  }
}

/** Counts arrive every half second. Two equal readings mean that all have arrived. */
async function untilQuiet(host: ChildProcess): Promise<HostFigures> {
  for (let last = await figuresOf(host); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const now = await figuresOf(host);
    if (now.keys === last.keys && now.distancePx === last.distancePx) return now;
    last = now;
  }
}

async function figuresOf(host: ChildProcess): Promise<HostFigures> {
  host.send('figures');
  return (await answerOf(host, 'figures')).figures;
}

async function answerOf<Kind extends HostAnswer['kind']>(
  host: ChildProcess,
  kind: Kind,
): Promise<Extract<HostAnswer, { kind: Kind }>> {
  const isAnswer = (message: HostAnswer): message is Extract<HostAnswer, { kind: Kind }> =>
    message.kind === kind;
  const [message] = (await once(host, 'message')) as [HostAnswer];
  if (!isAnswer(message)) throw new Error(`the agent answered ${message.kind} instead of ${kind}`);
  return message;
}

const rounded = (figure: number, digits: number): number => Number(figure.toFixed(digits));

if (process.argv[1] === fileURLToPath(import.meta.url)) await reportBench('agent', await benchAgent());

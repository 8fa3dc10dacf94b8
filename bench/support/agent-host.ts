/**
 * Runs only the agent, as a script of a user would. The benchmark measures this process and its capture
 * process. IPC messages: `figures` returns the figures, `replay` runs an hour, `close` stops it.
 */
import { readFileSync } from 'node:fs';
import { ActivityTracker, inProcessSink } from '@kinetrack/agent';
import { type InputSource, inputSource } from '../../agent/src/sources/input-source.ts';
import { PackedHour } from '../../test/support/agent/human-hour.ts';
import { type Replayed, replayHour } from '../../test/support/agent/replay-hour.ts';

export interface HostFigures {
  readonly isCapturing: boolean;
  readonly keys: number;
  readonly clicks: number;
  readonly distancePx: number;
  readonly agentCpuMs: number;
  readonly childCpuMs: number;
  readonly agentRssMiB: number;
  readonly agentPeakRssMiB: number;
  readonly childRssMiB: number;
}

export type HostAnswer =
  | { readonly kind: 'ready' | 'closed' }
  | { readonly kind: 'figures'; readonly figures: HostFigures }
  | { readonly kind: 'replayed'; readonly replayed: Replayed };

const [liveDir = '', replayDir = '', hourFile = ''] = process.argv.slice(2);
/** USER_HZ in /proc: 100 on every Linux that Node.js supports. */
const TICK_MS = 10;
const counted = { keys: 0, clicks: 0, distancePx: 0 };
let input: InputSource | null = null;

const tracker = new ActivityTracker({
  dataDir: liveDir,
  userId: 'bench',
  sources: {
    input: (setup) => {
      const source = inputSource(setup);
      const start = source.start.bind(source);
      source.start = (emit) =>
        start((signal) => {
          for (const interval of signal.counts) {
            counted.keys += interval.keys;
            counted.clicks += interval.clicks;
            counted.distancePx += interval.distancePx;
          }
          emit(signal);
        });
      input = source;
      return source;
    },
  },
  sink: inProcessSink({ deliver: async (records) => records.map(() => ({ status: 'delivered' })) }),
});

const say = (answer: HostAnswer) => process.send?.(answer);

async function answer(request: unknown): Promise<void> {
  if (request === 'figures') say({ kind: 'figures', figures: figures() });
  if (request === 'replay') {
    const bytes = readFileSync(hourFile);
    const hour = new PackedHour(new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8));
    say({ kind: 'replayed', replayed: await replayHour(hour, replayDir) });
  }
  if (request === 'close') {
    await tracker.close();
    say({ kind: 'closed' });
    process.disconnect();
  }
}

function figures(): HostFigures {
  const { user, system } = process.cpuUsage();
  const pid = input?.pid;
  return {
    isCapturing: input?.capability().status === 'available',
    ...counted,
    agentCpuMs: (user + system) / 1000,
    childCpuMs: pid === undefined ? 0 : cpuMsOf(pid),
    agentPeakRssMiB: process.resourceUsage().maxRSS / 1024,
    agentRssMiB: process.memoryUsage.rss() / 2 ** 20,
    childRssMiB: pid === undefined ? 0 : rssMiBOf(pid),
  };
}

/** User and system time from /proc/<pid>/stat; the fields follow the process name. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function rssMiBOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

process.on('message', (request) => void answer(request));
await tracker.start();
say({ kind: 'ready' });

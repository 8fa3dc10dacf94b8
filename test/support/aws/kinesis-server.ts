/** The Kinesis protocol without AWS: npm `kinesis-local` in a process of its own, on a free port of loopback. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface KinesisServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Credentials that the server takes as well as any others: the SDK insists on some. */
export const anyCredentials = { accessKeyId: 'any', secretAccessKey: 'any' };

export async function startKinesisServer(): Promise<KinesisServer> {
  const child = fork(fileURLToPath(new URL('kinesis-server-child.mjs', import.meta.url)), {
    // Without the parent's --import and --test flags.
    execArgv: [],
    env: { ...process.env, CREATE_STREAM_DURATION: '10ms', LOG_LEVEL: 'ERROR' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const started = once(child, 'message');
  const [port] = await Promise.race([
    started,
    exited.then(([code]) => Promise.reject(new Error(`kinesis-local ended with ${code} before it listened`))),
  ]);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      // It keeps nothing, and ends by itself only 30 s after a client that still holds a connection.
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The Kinesis protocol without AWS: npm `kinesis-local` in a child process, on a free port of loopback. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface KinesisServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** The server accepts any credentials; the SDK requires some. */
export const anyCredentials = { accessKeyId: 'any', secretAccessKey: 'any' };

export async function startKinesisServer(): Promise<KinesisServer> {
  const child = fork(fileURLToPath(new URL('kinesis-server-child.mjs', import.meta.url)), {
    // Without the flags of the parent.
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
      // It stores nothing. After SIGTERM it would wait up to 30 s for open connections.
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** `kinetrack start` with another destination than the lake of this machine, as config.json names it. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { KinetrackConfig } from '@kinetrack/schema';
import { until } from '../support/agent/x-session.ts';
import { createStream, kinesisForTests, linesOf, readStream } from '../support/aws/kinesis-stream.ts';
import { runCli, startCli, stopCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const AWS = { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_REGION: 'us-east-1' };
const HEADLESS = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined };

async function configured(dataDir: string, config: KinetrackConfig): Promise<readonly string[]> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(join(dataDir, 'config.json'), JSON.stringify(config));
  return ['start', '--data', dataDir, '--port', '0', '--no-open'];
}

const statusOf = async (dataDir: string) =>
  JSON.parse((await runCli(['status', '--data', dataDir, '--json'])).stdout);

describe('kinetrack start', () => {
  const kinesis = kinesisForTests();

  it('delivers to a Kinesis stream, and its ledger says so, running and ended', async () => {
    const dataDir = await tempDir();
    const stream_name = await createStream(kinesis.client);
    const args = await configured(dataDir, {
      destination: { kind: 'kinesis', stream_name, endpoint: kinesis.endpoint },
    });
    const agent = startCli(args, { env: { ...HEADLESS, ...AWS } });
    await agent.printed(/Press Ctrl\+C to stop/);
    const running = await statusOf(dataDir);
    assert.equal(running.delivery.destination, `kinesis:${stream_name}`);
    assert.match(running.delivery.queue.key, /keys\.json/);
    assert.match(running.note, /Events are sent to another destination/);
    assert.equal((await stopCli(agent)).code, 0);
    const lines = (await readStream(kinesis.client, stream_name)).flatMap(({ data }) => linesOf(data));
    const { queue } = await statusOf(dataDir);
    assert.ok(lines.length > 0);
    assert.equal(queue.delivered, lines.length);
    assert.equal(queue.captured, lines.length);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).seq).sort((a, b) => a - b),
      lines.map((_, i) => i + 1),
    );
  });

  it('names what is wrong with the destination, with the remedy', async () => {
    const dataDir = await tempDir();
    const args = await configured(dataDir, {
      destination: { kind: 'kinesis', stream_name: 'not-there', endpoint: kinesis.endpoint },
    });
    const agent = startCli(args, { env: { ...HEADLESS, ...AWS } });
    await agent.printed(/Press Ctrl\+C to stop/);
    let { delivery } = await statusOf(dataDir);
    await until(async () => {
      ({ delivery } = await statusOf(dataDir));
      return delivery.connection.state === 'faulty';
    }, 30_000);
    const { connection } = delivery;
    assert.equal(connection.fault, 'destination_missing');
    assert.match(connection.message, /not-there.*create it or check its name/);
    const { stdout } = await runCli(['status', '--data', dataDir]);
    assert.match(stdout, /^Delivery +to kinesis:not-there, not connected since .*not-there/m);
  });

  it('writes JSON lines into a folder of its own', async () => {
    const dataDir = await tempDir();
    const args = await configured(dataDir, { destination: { kind: 'file', dir: 'out' } });
    const agent = startCli(args, { env: HEADLESS });
    await agent.printed(/Press Ctrl\+C to stop/);
    assert.equal((await stopCli(agent)).code, 0);
    const folder = join(dataDir, 'out');
    const texts = await Promise.all(
      (await readdir(folder))
        .filter((name) => name.includes('jsonl'))
        .map(async (name) => {
          const bytes = await readFile(join(folder, name));
          return name.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString();
        }),
    );
    const lines = texts.flatMap((text) => linesOf(text));
    const { queue } = await statusOf(dataDir);
    assert.ok(lines.length > 0);
    assert.equal(queue.delivered, lines.length);
  });

  it('says what an HTTP destination lacks', async () => {
    const dataDir = await tempDir();
    const args = await configured(dataDir, {
      destination: { kind: 'http', url: 'https://track.example' },
    });
    const { code, stderr } = await runCli(args, {
      env: { ...HEADLESS, KINETRACK_DEVICE_TOKEN: undefined },
    });
    assert.equal(code, 1);
    assert.match(stderr, /KINETRACK_DEVICE_TOKEN is empty\. .*set one of them/);
  });

  it('refuses a destination that it does not know, with the rule', async () => {
    const dataDir = await tempDir();
    await configured(dataDir, {});
    await writeFile(join(dataDir, 'config.json'), '{ "destination": { "kind": "carrier-pigeon" } }');
    const { code, stderr } = await runCli(['start', '--data', dataDir, '--no-open'], { env: HEADLESS });
    assert.equal(code, 1);
    assert.match(stderr, /destination\.kind.*carrier-pigeon/);
  });
});

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { trackAnswer } from '@kinetrack/schema';
import { trackHandler } from '../../../aws/http/track-handler.ts';
import { httpEvent } from '../../support/aws/http-event.ts';
import { MemoryDevices, MemoryIngest } from '../../support/network/ingest-parts.ts';
import { sampleLines } from '../../support/network/opened-http-sink.ts';

const headers = { authorization: 'Bearer adas-token', 'content-encoding': 'gzip' };

function setup() {
  const devices = new MemoryDevices();
  devices.devices.set('adas-token', { userId: 'ada', deviceId: undefined, state: 'active' });
  const sink = new MemoryIngest();
  const logged: unknown[] = [];
  const log = (...line: unknown[]) => void logged.push(line);
  const track = trackHandler({
    devices,
    sink,
    pause: () => Promise.resolve(),
    random: () => 0,
    now: () => 0,
    log: { info: log, error: log },
  });
  return { track, sink, devices, logged };
}

describe('POST /track behind a gateway', () => {
  it('accepts a gzipped body in base64', async () => {
    const { track, sink, devices } = setup();
    const body = gzipSync(
      sampleLines(3)
        .map(({ line }) => `${line}\n`)
        .join(''),
    );
    for (const _ of [1, 2]) {
      const result = await track(httpEvent('POST', '/track', { headers, body }));
      assert.equal(result.statusCode, 200);
      assert.deepEqual(trackAnswer.parse(JSON.parse(result.body ?? '')), {
        acknowledged: [[1, 3]],
        rejected: [],
        send_every_s: 300,
      });
    }
    assert.equal(sink.lines.length, 6);
    assert.equal(devices.lookups, 1);
  });

  it('accepts nobody without a token, even with a sign-in', async () => {
    const { track } = setup();
    const claims = { 'cognito:username': 'ada', 'cognito:groups': '[admin]' };
    assert.equal((await track(httpEvent('POST', '/track', { claims }))).statusCode, 401);
  });

  it('logs figures, neither names nor tokens nor what was captured', async () => {
    const { track, logged } = setup();
    const body = gzipSync(`${sampleLines(1)[0]?.line}\n{"seq":2,"marker":"marker"}\n`);
    await track(httpEvent('POST', '/track', { headers, body }));
    assert.equal(logged.length, 1);
    assert.doesNotMatch(JSON.stringify(logged), /ada|marker|Code/);
  });
});

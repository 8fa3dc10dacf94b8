import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { apiErrorBody, envelopeShape, trackAnswer } from '@kinetrack/schema';
import {
  createIngest,
  MAX_BODY_BYTES,
  MAX_LINES,
  MAX_UNPACKED_BYTES,
  type RequestFigures,
  SEND_EVERY_S,
} from '../../../pipeline/ingest/index.ts';
import { sampleEvent } from '../../support/lake/raw-samples.ts';
import {
  gzippedRequest,
  MemoryDevices,
  MemoryIngest,
  trackRequest,
} from '../../support/network/ingest-parts.ts';

const DEVICE = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';

function setup() {
  const devices = new MemoryDevices();
  devices.devices.set('adas-token', { userId: 'ada', deviceId: DEVICE, state: 'active' });
  const sink = new MemoryIngest();
  const pauses: number[] = [];
  const defects: unknown[] = [];
  const figures: RequestFigures[] = [];
  const ingest = createIngest({
    devices,
    sink,
    pause: async (ms) => void pauses.push(ms),
    random: () => 0.5,
    onDefect: (error) => defects.push(error),
    onRequest: (each) => figures.push(each),
  });
  const refusal = async (request: Request) => {
    const response = await ingest.fetch(request);
    const { error } = apiErrorBody.parse(await response.json());
    return { status: response.status, headers: response.headers, ...error };
  };
  const answer = async (request: Request) => {
    const response = await ingest.fetch(request);
    assert.equal(response.status, 200);
    return trackAnswer.parse(await response.json());
  };
  return { devices, sink, pauses, defects, figures, ingest, refusal, answer };
}

const line = (seq: number, more: object = {}): string =>
  `${JSON.stringify({ ...sampleEvent({ seq, device_id: DEVICE }), ...more })}\n`;
/** So many that they make this number of records. */
const linesOfRecords = (records: number): string =>
  Array.from({ length: records }, (_, i) =>
    line(i + 1, { segments: [{ ...segment, title: 'x'.repeat(500) }], flags }),
  ).join('');
const segment = { app: 'Code', site: null, title: null, from_s: 0, to_s: 60 };
const flags = Array.from({ length: 16 }, (_, i) => `${i}`.repeat(32).slice(0, 64));

describe('an event that a script recorded itself', () => {
  it('is stored within the limits, and otherwise refused without its text in the answer', async () => {
    const { answer, sink } = setup();
    const { seq: _, event_id: __, device_id, ...envelope } = sampleEvent({ seq: 1, device_id: DEVICE });
    const custom = (seq: number, values: object) =>
      `${JSON.stringify({
        ...Object.fromEntries(Object.keys(envelopeShape).map((name) => [name, Reflect.get(envelope, name)])),
        ...{ device_id, seq, event_id: `${device_id}:${seq}` },
        ...{ activity_type: 'custom', name: 'build_finished', values },
      })}\n`;

    const { acknowledged, rejected } = await answer(
      trackRequest(custom(1, { rows: 3, file: 'a' }) + custom(2, { secret: `plan ${'x'.repeat(1024)}` })),
    );

    assert.deepEqual(acknowledged, [[1, 1]]);
    assert.deepEqual(
      sink.lines.map((stored) => JSON.parse(stored).values),
      [{ rows: 3, file: 'a' }],
    );
    assert.deepEqual(
      rejected.map(({ seq, code }) => [seq, code]),
      [[2, 'invalid_field']],
    );
    assert.ok(!rejected[0]?.reason.includes('plan'));
  });
});

describe('a request without the right to send', () => {
  it('is refused without a token, with the remedy', async () => {
    const { status, code, headers } = await setup().refusal(trackRequest('', { authorization: '' }));
    assert.deepEqual([status, code], [401, 'no_token']);
    assert.match(headers.get('www-authenticate') ?? '', /^Bearer/);
  });

  it('is refused with a token that was never given out', async () => {
    const { status, code } = await setup().refusal(trackRequest('', { authorization: 'Bearer other' }));
    assert.deepEqual([status, code], [401, 'unknown_token']);
  });

  for (const state of ['revoked', 'expired'] as const) {
    it(`reports that the token is ${state}`, async () => {
      const { devices, refusal, sink } = setup();
      devices.devices.set('adas-token', { userId: 'ada', deviceId: DEVICE, state });
      const { status, code } = await refusal(trackRequest(line(1)));
      assert.deepEqual([status, code], [401, 'token_expired']);
      assert.deepEqual(sink.lines, []);
    });
  }

  it('is refused as a whole under the id of another device', async () => {
    const { devices, refusal, sink } = setup();
    devices.bindOutcome = 'taken';
    const other = line(1, sampleEvent({ device_id: '0f7c2c35-8ad6-4a4d-9f4c-60a1f6dc6a4e' }));
    const { status, code } = await refusal(trackRequest(other + line(2)));
    assert.deepEqual([status, code], [403, 'foreign_device']);
    assert.deepEqual(sink.lines, []);
  });

  it('is refused if the token has had too many installations', async () => {
    const { devices, refusal } = setup();
    devices.devices.set('adas-token', { userId: 'ada', deviceId: undefined, state: 'active' });
    devices.bindOutcome = 'too_many';
    assert.equal((await refusal(trackRequest(line(1)))).code, 'too_many_installations');
  });

  it('is refused on other paths and with other methods', async () => {
    const { refusal } = setup();
    assert.equal((await refusal(new Request('http://127.0.0.1/tracks', { method: 'POST' }))).status, 404);
    const got = await refusal(new Request('http://127.0.0.1/track'));
    assert.deepEqual([got.status, got.headers.get('allow')], [405, 'POST']);
  });
});

describe('a body', () => {
  it('is taken as it is and gzipped', async () => {
    const { answer, sink } = setup();
    assert.deepEqual((await answer(trackRequest(line(1)))).acknowledged, [[1, 1]]);
    assert.deepEqual((await answer(gzippedRequest(line(2) + line(3)))).acknowledged, [[2, 3]]);
    assert.equal(sink.lines.length, 3);
  });

  it('that unpacks to a gigabyte is refused without being held', async () => {
    const { refusal } = setup();
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => zeros));
    const before = process.resourceUsage().maxRSS;
    const { status, code } = await refusal(
      trackRequest(new Uint8Array(bomb), { 'content-encoding': 'gzip' }),
    );
    assert.deepEqual([status, code], [413, 'too_large']);
    const grownKiB = process.resourceUsage().maxRSS - before;
    assert.ok(grownKiB < 48 * 1024, `${grownKiB} KiB for a body of which ${MAX_UNPACKED_BYTES} bytes count`);
  });

  it('that is larger than its limit is refused, whether it says so or not', async () => {
    const { refusal } = setup();
    const large = 'x'.repeat(MAX_BODY_BYTES + 1);
    assert.equal((await refusal(trackRequest(large))).status, 413);
    const init: RequestInit & { readonly duplex: 'half' } = {
      method: 'POST',
      headers: { authorization: 'Bearer adas-token' },
      body: new Blob([large]).stream(),
      duplex: 'half',
    };
    const silent = new Request('http://127.0.0.1/track', init);
    assert.equal((await refusal(silent)).status, 413);
  });

  it('with more lines than an agent sends is refused', async () => {
    assert.equal((await setup().refusal(gzippedRequest('{}\n'.repeat(MAX_LINES + 1)))).status, 413);
  });

  it('that is no gzip, or is cut short, is refused', async () => {
    const { refusal } = setup();
    const gzipped = gzipSync(line(1));
    for (const body of [Buffer.from('{}'), gzipped.subarray(0, -12)]) {
      const { status, code } = await refusal(
        trackRequest(new Uint8Array(body), { 'content-encoding': 'gzip' }),
      );
      assert.deepEqual([status, code], [400, 'not_gzip']);
    }
    assert.equal((await refusal(trackRequest('', { 'content-encoding': 'br' }))).status, 415);
  });

  it('without an event is answered with nothing', async () => {
    assert.deepEqual(await setup().answer(trackRequest('\n\n')), {
      acknowledged: [],
      rejected: [],
      send_every_s: SEND_EVERY_S,
    });
  });
});

describe('a line', () => {
  it('that is no event is rejected with a code and a reason, and identified if possible', async () => {
    const { answer } = setup();
    const lines = [
      'no json\n',
      line(2, { activity_type: 'marker' }),
      line(3, { utc_offset_min: 'marker' }),
      line(4, { marker: 1 }),
      line(5),
    ];
    const { acknowledged, rejected } = await answer(trackRequest(lines.join('')));
    assert.deepEqual(acknowledged, [[5, 5]]);
    assert.deepEqual(
      rejected.map(({ seq, code }) => `${seq} ${code}`),
      ['2 unknown_activity_type', '3 invalid_field', '4 invalid_field'],
    );
    assert.ok(rejected.every(({ reason }) => !reason.includes('marker')));
    assert.match(rejected[1]?.reason ?? '', /utc_offset_min/);
  });

  it('of another device than the request is rejected', async () => {
    const { answer, sink } = setup();
    const other = line(1, sampleEvent({ seq: 7, device_id: '0f7c2c35-8ad6-4a4d-9f4c-60a1f6dc6a4e' }));
    const { rejected } = await answer(trackRequest(line(6) + other));
    assert.deepEqual(
      rejected.map(({ seq, code }) => [seq, code]),
      [[7, 'foreign_device']],
    );
    assert.equal(sink.lines.length, 1);
  });

  it('is rewritten: repeated fields appear once', async () => {
    const { answer, sink } = setup();
    const twice = line(1).replace('{', '{"user_id":"ben","device_id":"marker",');
    await answer(trackRequest(twice));
    const [stored = ''] = sink.lines;
    assert.equal(stored.match(/"user_id"/g)?.length, 1);
    assert.doesNotMatch(stored, /ben|marker/);
    assert.equal(JSON.parse(stored).user_id, 'ada');
  });
});

describe('a pipeline that does not accept everything', () => {
  it('is asked again for what it left, and only for that', async () => {
    const { answer, sink, pauses } = setup();
    sink.fate = (put, record) => (put === 1 && record === 2 ? 'retryable' : 'stored');
    const { acknowledged } = await answer(trackRequest(linesOfRecords(60)));
    assert.deepEqual(acknowledged, [[1, 60]]);
    assert.equal(sink.lines.length, 60);
    assert.deepEqual(pauses, [100]);
  });

  it('has only that acknowledged which it stored', async () => {
    const { answer, sink, figures } = setup();
    sink.fate = (_, record) => (sink.puts === 1 && record !== 2 ? 'stored' : 'retryable');
    const { acknowledged } = await answer(trackRequest(linesOfRecords(60)));
    const seqs = sink.lines.map((each) => JSON.parse(each).seq);
    assert.equal(sink.puts, 3);
    assert.ok(seqs.length > 0 && seqs.length < 60);
    assert.deepEqual(
      acknowledged.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (__, i) => from + i)),
      seqs,
    );
    assert.equal(figures[0]?.left, 60 - seqs.length);
  });

  it('is not called for a while if it stores nothing', async () => {
    const { refusal, sink, defects } = setup();
    const fault = new Error('AccessDeniedException');
    sink.fate = () => {
      throw fault;
    };
    const { status, headers, message } = await refusal(trackRequest(line(1)));
    assert.deepEqual([status, headers.get('retry-after')], [503, '10']);
    assert.deepEqual(defects, [fault]);
    assert.doesNotMatch(message, /AccessDenied/);
  });

  it('is logged only in figures', async () => {
    const { answer, figures } = setup();
    await answer(trackRequest(line(1) + line(2, { activity_type: 'x' })));
    assert.deepEqual(figures, [{ status: 200, stored: 1, left: 0, rejected: { unknown_activity_type: 1 } }]);
  });

  it('keeps a defect of its own to itself', async () => {
    const { devices, refusal, defects } = setup();
    devices.find = () => Promise.reject(new Error('table devices of account 123'));
    const { status, message } = await refusal(trackRequest(line(1)));
    assert.equal(status, 500);
    assert.doesNotMatch(message, /123/);
    assert.equal(defects.length, 1);
  });
});

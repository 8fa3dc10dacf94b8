import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeVerification, verifyLake } from '../../local/verify/index.ts';
import { arrive, numbers } from '../support/lake/arrived-events.ts';
import { DEVICE, SECOND_DEVICE } from '../support/lake/sample-factory.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const textOf = async (lakeDir: string, fromFirst = false): Promise<string> =>
  describeVerification(await verifyLake({ lakeDir, fromFirst }), { fromFirst });

test('reports a lake as complete if every number is present at least once', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', numbers(1, 100));
  await arrive(lakeDir, 'b', numbers(11, 30));
  const verification = await verifyLake({ lakeDir });
  const none = { events: 0, ranges: [] };
  const span = { first_ts: '2026-11-20T09:00:01.000Z', last_ts: '2026-11-20T09:01:40.000Z' };
  assert.deepEqual(verification, {
    lake: lakeDir,
    complete: true,
    devices: [
      {
        device_id: DEVICE,
        first_seq: 1,
        last_seq: 100,
        ...span,
        present: { events: 100, ranges: [{ from_seq: 1, to_seq: 100, ...span }] },
        missing: none,
        reported_dropped: none,
        before_lake: none,
        duplicated: { events: 20, ranges: [{ from_seq: 11, to_seq: 30 }] },
        reused: none,
      },
    ],
    damaged_objects: [],
    error_objects: 0,
  });
  assert.match(await textOf(lakeDir), /^20 duplicate events: each event counts once/m);
});

test('names what is missing with the time around it, and what the device dropped with its reason', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', [
    ...numbers(1, 40),
    ...numbers(57, 199),
    { seq: 210, dropped: { reason: 'queue_full', events: '8', ranges: '202-209' } },
  ]);
  const verification = await verifyLake({ lakeDir });
  const [device] = verification.devices;
  assert.equal(verification.complete, false);
  assert.deepEqual(device?.missing, {
    events: 18,
    ranges: [
      {
        from_seq: 41,
        to_seq: 56,
        about_from_ts: '2026-11-20T09:00:40.000Z',
        about_to_ts: '2026-11-20T09:00:57.000Z',
      },
      {
        from_seq: 200,
        to_seq: 201,
        about_from_ts: '2026-11-20T09:03:19.000Z',
        about_to_ts: '2026-11-20T09:03:30.000Z',
      },
    ],
  });
  assert.deepEqual(device.reported_dropped, {
    events: 8,
    ranges: [{ from_seq: 202, to_seq: 209, reason: 'queue_full' }],
  });
  const text = await textOf(lakeDir);
  assert.match(text, /18 events are missing without explanation:\n {4}41-56, about 2026-11-20 09:00 to/);
  assert.match(text, /8 events are reported by the device as dropped \(queue_full\): 202-209\./);
  assert.match(text, /^Incomplete: /m);
});

test('finds a time around a gap inside one block, whichever neighbours it is known by', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', [...numbers(1, 4), ...numbers(6, 9)]);
  const [device] = (await verifyLake({ lakeDir })).devices;
  assert.deepEqual(device?.missing.ranges, [
    {
      from_seq: 5,
      to_seq: 5,
      about_from_ts: '2026-11-20T09:00:01.000Z',
      about_to_ts: '2026-11-20T09:00:09.000Z',
    },
  ]);
});

test('reports a lake as complete if the device has reported every gap', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', [
    { seq: 1 },
    { seq: 9, dropped: { reason: 'disk_full', events: '7', ranges: '2-8' } },
  ]);
  assert.equal((await verifyLake({ lakeDir })).complete, true);
  assert.match(await textOf(lakeDir), /^Complete: 1 device, no unexplained gap/m);
});

test('counts numbers from before the lake as missing only on request', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', numbers(1001, 1010));
  assert.equal((await verifyLake({ lakeDir })).complete, true);
  assert.match(await textOf(lakeDir), /Events before number 1001 are not in the lake/);
  assert.equal((await verifyLake({ lakeDir, fromFirst: true })).complete, false);
  assert.match(
    await textOf(lakeDir, true),
    /1000 events are missing before the first event in the lake: 1-1000\./,
  );
});

test('answers for one device alone, and for each of several', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', numbers(1, 5));
  await arrive(lakeDir, 'b', [
    { seq: 1, device: SECOND_DEVICE },
    { seq: 3, device: SECOND_DEVICE },
  ]);
  const all = await verifyLake({ lakeDir });
  assert.deepEqual(
    all.devices.map(({ device_id, missing }) => [device_id, missing.events]),
    [
      [DEVICE, 0],
      [SECOND_DEVICE, 1],
    ],
  );
  assert.equal(all.complete, false);
  const one = await verifyLake({ lakeDir, deviceId: DEVICE });
  assert.deepEqual(one.devices, all.devices.slice(0, 1));
  assert.equal(one.complete, true);
  assert.deepEqual((await verifyLake({ lakeDir, deviceId: "o'brien" })).devices, []);
});

test('does not call a number complete that two machines have used', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', numbers(1, 5));
  await arrive(lakeDir, 'b', [{ seq: 4, ts: '2026-11-27T09:00:00.000Z' }]);
  assert.equal((await verifyLake({ lakeDir })).complete, false);
  assert.match(await textOf(lakeDir), /1 different event with a number already used: 4\./);
});

test('does not call a lake complete with objects that cannot be read, and names them', async () => {
  const lakeDir = await tempDir();
  await arrive(lakeDir, 'a', numbers(1, 5));
  const [key = ''] = await arrive(lakeDir, 'b', numbers(6, 9));
  await writeFile(join(lakeDir, key), 'no gzip');
  const verification = await verifyLake({ lakeDir });
  assert.deepEqual(verification.damaged_objects, [key]);
  assert.equal(verification.devices[0]?.last_seq, 5);
  assert.equal(verification.complete, false);
  assert.match(await textOf(lakeDir), /1 object cannot be read.*\n {2}raw\/activity_type=mouse_move/);
});

test('finds nothing wrong with an empty lake, and much with one that holds only errors', async () => {
  const lakeDir = await tempDir();
  assert.equal((await verifyLake({ lakeDir })).complete, true);
  assert.equal(await textOf(lakeDir), 'The lake has no events.\n');
  const folder = join(lakeDir, 'errors/metadata-extraction-failed/2026/11/20');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'a.gz'), 'whatever');
  const verification = await verifyLake({ lakeDir });
  assert.deepEqual([verification.complete, verification.error_objects], [false, 1]);
  assert.match(await textOf(lakeDir), /1 object in errors\/ .*\nIncomplete: the lake has no events/);
});

test('lists the first ranges of many, and says how many more there are', async () => {
  const lakeDir = await tempDir();
  await arrive(
    lakeDir,
    'a',
    numbers(1, 30).map((index) => index * 2 - 1),
  );
  const text = await textOf(lakeDir);
  assert.equal(text.match(/, about 2026-11-20/g)?.length, 10);
  assert.match(text, /\.\.\. and 19 more \(--json\)/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeviceEvent, RecordStream } from '../../../../../agent/src/sources/native/x11/record-stream.ts';

/**
 * What Xvfb 21.1 sent for two moves, a key, a click, a second of a held key, and the end, as it was recorded; with two
 * MappingNotify between, and several events behind one head.
 */
const RECORDED = `
  01040100000000000000010200000000e92c4700000000000a04010200000000
  010001000800000000000102000000001a2e4700000000000a04010200000000
  060000001a2e47000d05000000000000000000000a000a000000000000000000
  010001000800000000000102000000001a2e4700000000000a04010200000000
  060000001a2e47000d050000000000000000000014001e000000000000000000
  220001000108f800000000000000000000000000000000000000000000000000
  2200010000000000000000000000000000000000000000000000000000000000
  010001000800000000000102000000001a2e4700000000000a04010200000000
  022600001a2e470000000000000000000000000014001e000000000000000000
  01000100080000000000010200000000202e4700000000000a04010200000000
  03260000202e470000000000000000000000000014001e000000000000000000
  01000100100000000000010200000000262e4700000000000a04010200000000
  04010000262e470000000000000000000000000014001e000000000000000000
  05010000262e470000000000000000000000000014001e000000000000010000
  01000100080000000000010200000000bb2f4700000000000a04010200000000
  02350000bb2f470000000000000000000000000014001e000000000000000000
  010001002000000000000102000000004f324700000000000a04010200000000
  023501004f32470000000000000000000000000014001e000000000000000000
  023501007832470000000000000000000000000014001e000000000000000000
  02350100a032470000000000000000000000000014001e000000000000000000
  02350100c832470000000000000000000000000014001e000000000000000000
  01000100080000000000010200000000e7324700000000000a04010200000000
  03350000e732470000000000000000000000000014001e000000000000000000
  0105010000000000000001020000000021344700000000000a04010200000000`;
const recorded = Buffer.from(RECORDED.replace(/\s/g, ''), 'hex');

/** One line a call, in the order of the calls. */
const EXPECTED = [
  'started 4664553',
  'device 6 0 4664858 10,10 0',
  'device 6 0 4664858 20,30 0',
  'device 2 38 4664858 20,30 0',
  'device 3 38 4664864 20,30 0',
  'device 4 1 4664870 20,30 0',
  'device 5 1 4664870 20,30 256',
  'device 2 53 4665275 20,30 0',
  'device 2 53 4665935 20,30 0',
  'device 2 53 4665976 20,30 0',
  'device 2 53 4666016 20,30 0',
  'device 2 53 4666056 20,30 0',
  'device 3 53 4666087 20,30 0',
  'ended',
];

/** What is told of bytes that come in these pieces. */
function told(...pieces: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const stream = new RecordStream({
    started: (serverMs) => lines.push(`started ${serverMs}`),
    device: ({ type, detail, serverMs, x, y, state }) =>
      lines.push(`device ${type} ${detail} ${serverMs} ${x},${y} ${state}`),
    ended: () => lines.push('ended'),
    refused: (code) => lines.push(`refused ${code}`),
  });
  // As a socket reads: into one buffer that is used again, with older bytes behind what is new.
  const buffer = Buffer.alloc(recorded.length, 0xff);
  for (const piece of pieces) {
    piece.copy(buffer);
    stream.push(buffer, piece.length);
  }
  return lines;
}

/** The head of a reply with so many bytes behind it. */
function head({ category = 0, dataBytes = 0, isSwapped = false }): Buffer {
  const bytes = Buffer.alloc(32);
  bytes[0] = 1;
  bytes[1] = category;
  bytes.writeUInt32LE(dataBytes / 4, 4);
  bytes[9] = isSwapped ? 1 : 0;
  return bytes;
}

const [move] = [recorded.subarray(64, 96)];

test('tells what a server recorded', () => {
  assert.deepEqual(told(recorded), EXPECTED);
});

test('tells the same wherever a read ends', () => {
  for (let cut = 0; cut <= recorded.length; cut += 1) {
    assert.deepEqual(told(recorded.subarray(0, cut), recorded.subarray(cut)), EXPECTED, `cut at ${cut}`);
  }
});

test('tells the same when every byte comes alone, and in pieces of any size', () => {
  for (const size of [1, 2, 3, 7, 31, 33, 63, 65, 100]) {
    const pieces = Array.from({ length: Math.ceil(recorded.length / size) }, (_, index) =>
      recorded.subarray(index * size, (index + 1) * size),
    );
    assert.deepEqual(told(...pieces), EXPECTED, `pieces of ${size}`);
  }
});

test('fills one event again and again', () => {
  const seen = new Set<DeviceEvent>();
  const nothing = () => {};
  new RecordStream({
    started: nothing,
    ended: nothing,
    refused: nothing,
    device: (event) => seen.add(event),
  }).push(recorded, recorded.length);
  assert.equal(seen.size, 1);
});

test('events in the other order of bytes are read in that order', () => {
  const swapped = Buffer.alloc(32);
  swapped[0] = 6;
  swapped.writeUInt32BE(4_664_858, 4);
  swapped.writeInt16BE(-20, 20);
  swapped.writeInt16BE(30, 22);
  swapped.writeUInt16BE(256, 28);
  assert.deepEqual(told(head({ dataBytes: 32, isSwapped: true }), swapped, head({ dataBytes: 32 }), move), [
    'device 6 0 4664858 -20,30 256',
    EXPECTED[1],
  ]);
});

test('clients that come and go, long events and data of another shape are passed over', () => {
  const generic = Buffer.alloc(32);
  generic[0] = 35;
  generic.writeUInt32LE(3, 4);
  const pieces = [
    head({ category: 2, dataBytes: 12 }),
    Buffer.alloc(12, 6),
    head({ category: 3 }),
    generic,
    Buffer.alloc(12, 6),
    head({ category: 0, dataBytes: 36 }),
    Buffer.alloc(36, 6),
    head({ category: 1, dataBytes: 32 }),
    Buffer.alloc(32, 6),
    head({ category: 0, dataBytes: 32 }),
    move,
  ];
  assert.deepEqual(told(...pieces), [EXPECTED[1]]);
});

test('an error of the server is told with its code', () => {
  const error = Buffer.alloc(32);
  error[1] = 10;
  assert.deepEqual(told(error), ['refused 10']);
});

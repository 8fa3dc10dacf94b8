import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COOKIE_PROTOCOL,
  findCookie,
  parseAuthority,
} from '../../../../../agent/src/sources/native/x11/xauthority.ts';

const LOCAL = 256;
const WILD = 65_535;

interface Entry {
  readonly family?: number;
  readonly address?: string | Buffer;
  readonly number?: string;
  readonly protocol?: string;
  readonly cookie: string;
}

function file(...entries: readonly Entry[]): Buffer {
  const short = (value: number) => Buffer.from([value >> 8, value & 255]);
  const field = (value: string | Buffer) =>
    Buffer.concat([short(Buffer.byteLength(value)), Buffer.from(value)]);
  return Buffer.concat(
    entries.flatMap(
      ({ family = LOCAL, address = 'laptop', number = '0', protocol = COOKIE_PROTOCOL, cookie }) => [
        short(family),
        ...[address, number, protocol, cookie].map(field),
      ],
    ),
  );
}

const cookieFor = (authority: Buffer, host: string | null, number: number, peer?: string): string | null =>
  findCookie(parseAuthority(authority), { host, number }, peer, 'laptop')?.toString() ?? null;

test('the cookie of this machine and display is found among others', () => {
  const authority = file(
    { cookie: 'another display', number: '1' },
    { cookie: 'another machine', address: 'desktop' },
    { cookie: 'another protocol', protocol: 'XDM-AUTHORIZATION-1' },
    { cookie: 'mine' },
  );
  assert.equal(cookieFor(authority, null, 0), 'mine');
  assert.equal(cookieFor(authority, null, 1), 'another display');
  assert.equal(cookieFor(authority, null, 2), null);
});

test('an entry without a display or without an address is for all of them', () => {
  assert.equal(cookieFor(file({ cookie: 'any display', number: '' }), null, 7), 'any display');
  assert.equal(cookieFor(file({ cookie: 'anywhere', family: WILD, address: '' }), null, 0), 'anywhere');
});

test('a machine that was renamed since still finds its cookie', () => {
  assert.equal(cookieFor(file({ cookie: 'old name', address: 'former' }), null, 0), 'old name');
});

test('a server that is reached by TCP is found by its address', () => {
  const authority = file(
    { cookie: 'four', family: 0, address: Buffer.from([10, 0, 0, 7]) },
    { cookie: 'six', family: 6, address: Buffer.from('fd000000000000000000000000000007', 'hex') },
    { cookie: 'local' },
  );
  assert.equal(cookieFor(authority, 'host', 0, '10.0.0.7'), 'four');
  assert.equal(cookieFor(authority, 'host', 0, '::ffff:10.0.0.7'), 'four');
  assert.equal(cookieFor(authority, 'host', 0, 'fd00::7'), 'six');
  assert.equal(cookieFor(authority, 'host', 0, '10.0.0.8'), null);
  assert.equal(cookieFor(authority, 'localhost', 0, '127.0.0.1'), 'local', 'a display that ssh forwards');
});

test('a file that is cut short gives what is whole', () => {
  const whole = file({ cookie: 'first' }, { cookie: 'second', number: '1' });
  const first = file({ cookie: 'first' }).length;
  for (let length = 0; length <= whole.length; length += 1) {
    const entries = parseAuthority(whole.subarray(0, length));
    assert.equal(entries.length, length === whole.length ? 2 : length >= first ? 1 : 0, `${length} bytes`);
  }
});

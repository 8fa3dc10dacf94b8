/** The cookie that a display wants to see, out of the file that `xauth` keeps. */
import { readFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import type { DisplayName } from './display-name.ts';

export const COOKIE_PROTOCOL = 'MIT-MAGIC-COOKIE-1';

/** Families of addresses, of X.h and Xauth.h. */
const INTERNET = 0;
const INTERNET6 = 6;
const LOCAL = 256;
const WILD = 65_535;

export interface AuthEntry {
  readonly family: number;
  readonly address: Buffer;
  /** Empty for every display of that address. */
  readonly number: string;
  readonly protocol: string;
  readonly cookie: Buffer;
}

/** Null where there is none: many servers let this machine's own programs in without. */
export async function readCookie(
  env: NodeJS.ProcessEnv,
  display: DisplayName,
  peerAddress: string | undefined,
): Promise<Buffer | null> {
  const path = env.XAUTHORITY || join(env.HOME || homedir(), '.Xauthority');
  const file = await readFile(path).catch(() => null);
  return file === null ? null : findCookie(parseAuthority(file), display, peerAddress, hostname());
}

/** Entries up to where the file ends or is cut short. Numbers in it are big-endian whatever the machine. */
export function parseAuthority(file: Buffer): readonly AuthEntry[] {
  const entries: AuthEntry[] = [];
  let at = 0;
  const field = (): Buffer | null => {
    if (at + 2 > file.length) return null;
    const end = at + 2 + file.readUInt16BE(at);
    if (end > file.length) return null;
    const bytes = file.subarray(at + 2, end);
    at = end;
    return bytes;
  };
  while (at + 2 <= file.length) {
    const family = file.readUInt16BE(at);
    at += 2;
    const [address, number, protocol, cookie] = [field(), field(), field(), field()];
    if (!address || !number || !protocol || !cookie) break;
    entries.push({ family, address, number: String(number), protocol: String(protocol), cookie });
  }
  return entries;
}

export function findCookie(
  entries: readonly AuthEntry[],
  { host, number }: DisplayName,
  peerAddress: string | undefined,
  hostName: string,
): Buffer | null {
  const usable = entries.filter(
    (entry) => entry.protocol === COOKIE_PROTOCOL && (entry.number === '' || entry.number === String(number)),
  );
  const peer = peerAddress === undefined ? null : addressBytes(peerAddress);
  const isHere = host === null || isLoopback(peerAddress);
  const found =
    usable.find(
      ({ family, address }) =>
        family === WILD ||
        (isHere && family === LOCAL && String(address) === hostName) ||
        (peer !== null && (family === INTERNET || family === INTERNET6) && address.equals(peer)),
    ) ??
    // A machine that was renamed after its session began keeps its old name here.
    (isHere ? usable.find(({ family }) => family === LOCAL) : undefined);
  return found?.cookie ?? null;
}

/** Forwarded displays (ssh) listen on the loopback, and are entered under this machine's name. */
const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);

function addressBytes(address: string): Buffer | null {
  const parts = address.replace(/^::ffff:(?=\d+\.)/, '').split('.');
  if (parts.length === 4) return Buffer.from(parts.map(Number));
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const all = [...before, ...zeros, ...after];
  if (all.length !== 8) return null;
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

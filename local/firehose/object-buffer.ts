/** Parts that will become one object of the store. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Timer } from '@kinetrack/agent';
import type { ErrorType } from './failed-record.ts';
import type { SubRecord } from './pending-record.ts';

const compress = promisify(gzip);

/** Where the object goes. */
export type Destination =
  | { readonly kind: 'data'; readonly keys: ReadonlyMap<string, string> }
  | { readonly kind: 'error'; readonly type: ErrorType };

export class ObjectBuffer {
  readonly parts: SubRecord[] = [];
  bytes = 0;
  /** The buffer's interval, later the pause before the next attempt. */
  timer: Timer | undefined;
  failedAttempts = 0;
  firstFailureMs = 0;

  constructor(
    readonly id: string,
    readonly destination: Destination,
    /** Of the oldest part. */
    readonly arrivalMs: number,
    private readonly delimiter: Uint8Array,
  ) {}

  add(part: SubRecord): void {
    this.parts.push(part);
    this.bytes += part.bytes.length + this.delimiter.length;
  }

  /** The object's bytes; the same parts always give the same ones. */
  async encode(asGzip: boolean): Promise<Uint8Array> {
    const plain = Buffer.concat(
      this.parts.flatMap((part) => [part.bytes, this.delimiter]),
      this.bytes,
    );
    if (!asGzip) return plain;
    const packed = await compress(plain);
    packed[GZIP_OS_BYTE] = GZIP_UNKNOWN_OS;
    return packed;
  }
}

/** RFC 1952: the tenth byte names the operating system; zlib already leaves the modification time 0. */
const GZIP_OS_BYTE = 9;
const GZIP_UNKNOWN_OS = 255;

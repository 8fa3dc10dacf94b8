/**
 * One segment file: frames in ascending seq, named `<index>-<base>.seg`.
 *
 * `base` is the spool's last seq at the moment when the segment was created. It says two things that must
 * outlive every frame: seqs up to it were given out, and a frame above it in an earlier segment was never
 * accepted (it was left behind by a failed write, and its seq was accepted later, in this segment).
 */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FRAME_HEADER_BYTES, scanFrames } from './frame.ts';
import type { SpoolRecord } from './spool.ts';

/** Where a record's frame begins and ends. */
export interface FramePosition {
  readonly id: number;
  readonly at: number;
  readonly end: number;
}

export const lineBytes = ({ at, end }: FramePosition): number => end - at - FRAME_HEADER_BYTES;

/** Bytes that are no frame, and the intact ids around them. */
export interface DamagedPart {
  readonly bytes: number;
  readonly afterId: number;
  /** Undefined at the end of the file. */
  readonly beforeId: number | undefined;
  /** See Damage: the seq of a last frame that is whole but wrong. */
  readonly claimedSeq: number | undefined;
}

export interface SegmentContent {
  readonly frames: readonly FramePosition[];
  readonly damage: readonly DamagedPart[];
}

const NAME = /^(\d{8})-(\d{16})\.seg$/;

export class Segment {
  readonly path: string;
  /** What is neither acknowledged nor given up, by id, ascending. */
  readonly #pending = new Map<number, FramePosition>();
  #pendingBytes = 0;

  constructor(
    readonly dir: string,
    readonly index: number,
    readonly base: number,
  ) {
    this.path = join(dir, `${String(index).padStart(8, '0')}-${String(base).padStart(16, '0')}.seg`);
  }

  /** The segment that a file name stands for; undefined for any other file. */
  static fromName(dir: string, name: string): Segment | undefined {
    const match = NAME.exec(name);
    return match ? new Segment(dir, Number(match[1]), Number(match[2])) : undefined;
  }

  get pending(): ReadonlyMap<number, FramePosition> {
    return this.#pending;
  }

  /** Bytes of their lines. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  add(position: FramePosition): void {
    this.#pending.set(position.id, position);
    this.#pendingBytes += lineBytes(position);
  }

  /** False where the record was not pending here. */
  settle(id: number): boolean {
    const position = this.#pending.get(id);
    if (position === undefined) return false;
    this.#pending.delete(id);
    this.#pendingBytes -= lineBytes(position);
    return true;
  }

  /** Reads the whole file after a restart. Frames above `fence`, the base of the next segment, do not count. */
  async scan(fence: number): Promise<SegmentContent> {
    const frames: FramePosition[] = [];
    const damage: DamagedPart[] = [];
    let lastId = this.base;
    let open: Omit<DamagedPart, 'beforeId'> | undefined;
    for (const part of scanFrames(await readFile(this.path))) {
      if (part.kind === 'damage') {
        open = { bytes: part.end - part.at, afterId: lastId, claimedSeq: part.claimedSeq };
      } else if (part.seq > lastId && part.seq <= fence) {
        if (open !== undefined) damage.push({ ...open, beforeId: part.seq });
        open = undefined;
        lastId = part.seq;
        frames.push({ id: part.seq, at: part.at, end: part.end });
      }
    }
    if (open !== undefined) damage.push({ ...open, beforeId: undefined });
    return { frames, damage };
  }

  /** The records at these positions. One whose frame went bad since is missing from the answer. */
  async read(positions: readonly FramePosition[]): Promise<readonly SpoolRecord[]> {
    const first = positions[0];
    const last = positions.at(-1);
    if (first === undefined || last === undefined) return [];
    const bytes = await readRange(this.path, first.at, last.end);
    const wanted = new Set(positions.map(({ id }) => id));
    const records: SpoolRecord[] = [];
    for (const part of scanFrames(bytes)) {
      if (part.kind === 'frame' && wanted.delete(part.seq)) {
        records.push({ id: part.seq, line: part.payload.toString('utf8') });
      }
    }
    return records;
  }
}

async function readRange(path: string, from: number, to: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(to - from);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, from + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

/**
 * The durable queue in plain files: a folder of encrypted append-only segments, the ledger's log, and a reserve of
 * space for the day when the disk is full. Files of any other name or format are left alone.
 *
 * Invariants:
 *  1. append() resolves after fdatasync, never before. Appends that wait together share one sync.
 *  2. Only synced frames are ever read: a seq whose append did not resolve was seen by nobody and may be used again.
 *  3. Ids are seqs, contiguous from 1: lastSeq = delivered + pending + dropped by reason, whenever status() is
 *     asked, and after any crash. Sums are absolute in each entry of the log, so a damaged entry falsifies nothing.
 *  4. A segment is unlinked only after the log says, durably, why each of its records left. What is in no segment
 *     and in no entry was therefore taken away by somebody else, and is counted as such.
 *  5. No restart forgets a seq that was given out: it stands in a frame, or, once that is gone, in the entry of the
 *     log that says why. The newest segment's name repeats the last one before it, in case the log is lost.
 *  6. A restart appends to a new segment, never behind a torn frame. So does a failed sync; the frames that it left
 *     behind lie above the new segment's base and are void.
 *  7. The files never grow above maxBytes, apart from one append that is larger; on a full disk the oldest records
 *     make room. What the log needs for that was put by (reserve.ts).
 *  8. Damage costs the frames that it touches, whatever it hits; starting needs no hand and, for recovery, no key.
 *  9. A segment whose key cannot be had keeps its records pending: they are passed over until it can.
 *
 * Memory: about 8 bytes for each pending record; lines stay on the disk.
 */
import { TRACKER_DEFAULTS } from '@kinetrack/schema';
import { type Runtime, systemRuntime } from '../runtime.ts';
import type { Disk } from './disk.ts';
import { DurableSpool, type SegmentSpool } from './durable-spool.ts';
import { ioError, isOutOfSpace } from './io-error.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { Ledger } from './ledger.ts';
import { LedgerLog, LOG_NAME } from './ledger-log.ts';
import type { Lock } from './lock.ts';
import { recover } from './recovery.ts';
import { RESERVE_NAME, Reserve } from './reserve.ts';
import { Room } from './room.ts';
import { segmentsIn } from './segment.ts';
import { SegmentList } from './segment-list.ts';
import { systemDisk } from './system-disk.ts';

export interface SegmentSpoolOptions {
  /** Folder of its own, created where missing, readable by this user alone. */
  readonly dir: string;
  /** What segments are encrypted with. */
  readonly keys: KeyRing;
  /** Cap over all files of the spool; the oldest records make room. @defaultValue that of `queueMaxBytes` */
  readonly maxBytes?: number;
  /** How long an append waits for company when another was committed just before. @defaultValue 200 */
  readonly groupMs?: number;
  /** A segment is closed for writing before it grows above this. @defaultValue 1 MiB, or an eighth of maxBytes */
  readonly segmentBytes?: number;
  /** @defaultValue the file system */
  readonly disk?: Disk;
  /** @defaultValue the system's */
  readonly runtime?: Runtime;
}

export type { SegmentSpool } from './durable-spool.ts';

/** Days offline for one person: see docs/performance.md, wire. */
export const DEFAULT_MAX_BYTES = TRACKER_DEFAULTS.queueMaxBytes;
const DEFAULT_GROUP_MS = 200;
const DEFAULT_SEGMENT_BYTES = 1024 * 1024;
const RESERVE_BYTES = 64 * 1024;

/** Rejects with SpoolError: `locked` while another process has the folder open, `io` for what the disk refuses. */
export async function openSegmentSpool(options: SegmentSpoolOptions): Promise<SegmentSpool> {
  const { dir, keys, maxBytes = DEFAULT_MAX_BYTES, disk = systemDisk } = options;
  const { segmentBytes = Math.min(DEFAULT_SEGMENT_BYTES, Math.ceil(maxBytes / 8)) } = options;
  let lock: Lock | undefined;
  let log: LedgerLog | undefined;
  try {
    await disk.prepare(dir);
    lock = await disk.lock(dir);
    const files = await disk.list(dir);
    const bytesOf = (name: string) => files.find((file) => file.name === name)?.bytes;
    const found = segmentsIn(dir, files);
    const reserve = new Reserve(disk, dir, Math.min(RESERVE_BYTES, Math.floor(maxBytes / 16)));
    reserve.adopt(bytesOf(RESERVE_NAME) ?? 0);
    log = new LedgerLog(disk, dir, reserve);
    const logSize = bytesOf(LOG_NAME);
    const content = logSize === undefined ? { entries: [], isWhole: false } : await log.load(logSize);
    const recovered = await recover(disk, found, content);
    const segments = new SegmentList(disk, dir, segmentBytes, keys, found);
    const ledger = new Ledger(log, () => segments.pendingRanges(), recovered.ledger);
    const room = new Room(segments, ledger, log, reserve, maxBytes);
    await tidyUp(room, ledger, recovered.lastSeq);
    return new DurableSpool({
      dir,
      keys,
      maxBytes,
      groupBytes: segmentBytes,
      groupMs: options.groupMs ?? DEFAULT_GROUP_MS,
      runtime: options.runtime ?? systemRuntime,
      disk,
      lock,
      log,
      segments,
      ledger,
      room,
      lastSeq: recovered.lastSeq,
      recovery: recovered.report,
    });
  } catch (error) {
    await log?.close();
    await lock?.release();
    throw ioError('open the spool', dir, error);
  }
}

/** A full disk puts this off: until then the old log holds, and no file goes. */
async function tidyUp(room: Room, ledger: Ledger, lastSeq: number): Promise<void> {
  try {
    await ledger.catchUp(lastSeq);
    await room.deleteSettled(Number.POSITIVE_INFINITY, lastSeq);
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
  }
}

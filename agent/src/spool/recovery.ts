/** What a folder of segments holds after a restart, whatever happened before it. */
import { readdir } from 'node:fs/promises';
import { FRAME_HEADER_BYTES } from './frame.ts';
import { type IdRange, IdRanges } from './id-ranges.ts';
import { type DamagedPart, Segment } from './segment.ts';

export interface RecoveryReport {
  /** Bytes of an append that never finished: it was not accepted, so nothing is lost. */
  readonly tornBytes: number;
  /** Bytes that were accepted once and are unreadable now. */
  readonly damagedBytes: number;
  /** Records that these held and that were not acknowledged yet. */
  readonly lostRecords: number;
}

export interface Recovered {
  readonly segments: readonly Segment[];
  readonly lastSeq: number;
  readonly lost: readonly IdRange[];
  readonly report: RecoveryReport;
}

export async function recoverSegments(dir: string, settled: IdRanges, knownSeq: number): Promise<Recovered> {
  const segments = (await readdir(dir))
    .map((name) => Segment.fromName(dir, name))
    .filter((segment) => segment !== undefined)
    .sort((a, b) => a.index - b.index);
  const lost = new IdRanges();
  let lastSeq = Math.max(knownSeq, segments.at(-1)?.base ?? 0);
  let tornBytes = 0;
  let damagedBytes = 0;

  for (const [i, segment] of segments.entries()) {
    const next = segments[i + 1];
    const { frames, damage } = await segment.scan(next?.base ?? Number.MAX_SAFE_INTEGER);
    for (const position of frames) {
      if (!settled.has(position.id)) segment.add(position);
      lastSeq = Math.max(lastSeq, position.id);
    }
    for (const part of damage) {
      const range = lostIn(part, next?.index === segment.index + 1 ? next.base : undefined);
      if (range === undefined) {
        tornBytes += part.bytes;
        continue;
      }
      damagedBytes += part.bytes;
      lastSeq = Math.max(lastSeq, range[1]);
      for (const [from, to] of settled.missing(...range)) lost.add(from, to);
    }
  }
  return {
    segments,
    lastSeq,
    lost: lost.ranges,
    report: { tornBytes, damagedBytes, lostRecords: lost.size },
  };
}

/**
 * The accepted ids that stood in damaged bytes. Seqs are contiguous, so these are the ids missing between the
 * intact neighbours, at most as many as frames fit in.
 *
 * At the end of a segment the right neighbour is the next segment's base. At the end of the last one there is
 * none: bytes that end inside a frame are an append that never resolved; a whole frame with a wrong checksum
 * was written to its end, so its seq counts as given out and lost, and is not given out again.
 */
function lostIn(part: DamagedPart, nextBase: number | undefined): IdRange | undefined {
  const room = Math.floor(part.bytes / FRAME_HEADER_BYTES);
  const claimed =
    part.claimedSeq !== undefined && part.claimedSeq <= part.afterId + room ? part.claimedSeq : 0;
  const last = part.beforeId !== undefined ? part.beforeId - 1 : (nextBase ?? claimed);
  const first = Math.max(part.afterId + 1, last - room + 1);
  return first <= last ? [first, last] : undefined;
}

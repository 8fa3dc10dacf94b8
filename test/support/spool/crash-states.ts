/**
 * What a power cut may leave on a disk, as POSIX has it (see agent/src/spool/disk.ts): of everything that no sync
 * covers, any part may be missing, in any order. Names come and go for themselves; a write may be there in part,
 * by the byte or by the sector, and a file may have its new length with zeros in the place of its bytes.
 */
import { createHash } from 'node:crypto';
import { type DiskContent, type DiskOperation, type MemoryDisk, truncated, written } from './memory-disk.ts';

export interface CrashState {
  /** How many operations were done when the power went. */
  readonly after: number;
  readonly content: DiskContent;
}

/** What is left of an operation that no sync covers; a write in part consists of pieces. */
type Remains = 'all' | 'nothing' | readonly Piece[];
interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}
type Choice = (operation: DiskOperation, unsynced: number) => Remains;

const SECTOR_BYTES = 512;

/**
 * The states after each operation from `from` on: with all and nothing of what is unsynced, each part of it alone
 * missing and alone there, the last write torn at each sector and elsewhere, and `randomPerPoint` mixtures.
 */
export function* crashStates(
  disk: Pick<MemoryDisk, 'initial' | 'operations'>,
  random: () => number,
  randomPerPoint: number,
): Generator<CrashState> {
  for (let after = 0; after <= disk.operations.length; after++) {
    const done = disk.operations.slice(0, after);
    const unsynced = unsyncedOf(done);
    const left = (choice: Choice): CrashState => ({
      after,
      content: contentOf(disk.initial, done, unsynced, choice),
    });
    yield left(() => 'all');
    if (unsynced.size === 0) continue;
    yield left(() => 'nothing');
    for (let i = 0; i < unsynced.size; i++) {
      yield left((_, index) => (index === i ? 'nothing' : 'all'));
      yield left((_, index) => (index === i ? 'all' : 'nothing'));
    }
    const last = done.at(-1);
    if (last?.kind === 'write') {
      for (const torn of tears(last, random)) yield left((operation) => (operation === last ? torn : 'all'));
    }
    for (let i = 0; i < randomPerPoint; i++) yield left((operation) => anyRemains(operation, random));
  }
}

/** What one power cut may leave now. */
export function powerCut(
  disk: Pick<MemoryDisk, 'initial' | 'operations'>,
  random: () => number,
): DiskContent {
  const { initial, operations } = disk;
  return contentOf(initial, operations, unsyncedOf(operations), (operation) => anyRemains(operation, random));
}

/** The same for the same files. */
export function fingerprint(content: DiskContent): string {
  const hash = createHash('sha256');
  for (const path of [...content.keys()].sort()) {
    const bytes = content.get(path) ?? Buffer.alloc(0);
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('base64');
}

/** Operations that change something and that no successful sync covers. */
function unsyncedOf(done: readonly DiskOperation[]): ReadonlySet<DiskOperation> {
  const unsynced = new Set<DiskOperation>();
  /** Bytes that a failed sync gave up: the kernel holds them for clean, and no later sync writes them. */
  const givenUp = new Set<DiskOperation>();
  for (const operation of done) {
    if (operation.kind === 'datasync' || operation.kind === 'syncFolder') {
      for (const earlier of done.slice(0, operation.covers)) {
        if (isCovered(earlier, operation) && !givenUp.has(earlier)) unsynced.delete(earlier);
      }
    } else if (operation.kind === 'syncFailed') {
      for (const earlier of unsynced) if (isDataOf(earlier, operation.file)) givenUp.add(earlier);
    } else unsynced.add(operation);
  }
  return unsynced;
}

function isCovered(earlier: DiskOperation, sync: DiskOperation): boolean {
  if (sync.kind === 'datasync') return isDataOf(earlier, sync.file);
  return earlier.kind === 'create' || earlier.kind === 'rename' || earlier.kind === 'remove';
}

const isDataOf = (operation: DiskOperation, file: number): boolean =>
  (operation.kind === 'write' || operation.kind === 'truncate') && operation.file === file;

function contentOf(
  initial: DiskContent,
  done: readonly DiskOperation[],
  unsynced: ReadonlySet<DiskOperation>,
  choice: Choice,
): DiskContent {
  const files = [...initial.values()];
  const names = new Map([...initial.keys()].map((path, file) => [path, file]));
  let index = 0;
  for (const operation of done) {
    const remains = unsynced.has(operation) ? choice(operation, index++) : 'all';
    if (remains === 'nothing') continue;
    if (remains === 'all') apply(operation, names, files);
    else if (operation.kind === 'write') {
      for (const { at, bytes } of remains)
        files[operation.file] = written(bytesOf(files, operation.file), at, bytes);
    }
  }
  return new Map([...names].map(([path, file]) => [path, bytesOf(files, file)]));
}

function apply(operation: DiskOperation, names: Map<string, number>, files: Buffer[]): void {
  switch (operation.kind) {
    case 'create':
      names.set(operation.path, operation.file);
      break;
    case 'rename':
      names.delete(operation.from);
      names.set(operation.to, operation.file);
      break;
    case 'remove':
      names.delete(operation.path);
      break;
    case 'write':
      files[operation.file] = written(bytesOf(files, operation.file), operation.at, operation.bytes);
      break;
    case 'truncate':
      files[operation.file] = truncated(bytesOf(files, operation.file), operation.length);
      break;
    default:
  }
}

const bytesOf = (files: readonly Buffer[], file: number): Buffer => files[file] ?? Buffer.alloc(0);

type Write = Extract<DiskOperation, { kind: 'write' }>;

/** Torn at each sector, at three other bytes, and each of these with zeros behind it; its sectors in any order. */
function* tears(write: Write, random: () => number): Generator<readonly Piece[]> {
  const ends = [0];
  for (let at = SECTOR_BYTES - (write.at % SECTOR_BYTES); at < write.bytes.length; at += SECTOR_BYTES)
    ends.push(at);
  for (let i = 0; i < 3; i++) ends.push(Math.floor(random() * write.bytes.length));
  for (const end of ends) {
    yield [{ at: write.at, bytes: write.bytes.subarray(0, end) }];
    yield zerosBehind(write, end);
  }
  yield someSectors(write, random);
}

const zerosBehind = ({ at, bytes }: Write, end: number): readonly Piece[] => [
  { at, bytes: Buffer.concat([bytes.subarray(0, end), Buffer.alloc(bytes.length - end)]) },
];

function someSectors(write: Write, random: () => number): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  while (from < write.bytes.length) {
    const to = Math.min(write.bytes.length, from + SECTOR_BYTES - ((write.at + from) % SECTOR_BYTES));
    if (random() < 0.5) pieces.push({ at: write.at + from, bytes: write.bytes.subarray(from, to) });
    from = to;
  }
  return pieces;
}

function anyRemains(operation: DiskOperation, random: () => number): Remains {
  const dice = random();
  if (operation.kind !== 'write') return dice < 0.5 ? 'all' : 'nothing';
  if (dice < 0.35) return 'all';
  if (dice < 0.6) return 'nothing';
  const end = Math.floor(random() * (operation.bytes.length + 1));
  if (dice < 0.75) return [{ at: operation.at, bytes: operation.bytes.subarray(0, end) }];
  return dice < 0.88 ? zerosBehind(operation, end) : someSectors(operation, random);
}

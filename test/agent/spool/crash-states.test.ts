/** The generator of power cuts itself: what it may take away, and what it has to leave. */
import assert from 'node:assert/strict';
import { seeded } from '../../support/seeded.ts';
import { crashStates } from '../../support/spool/crash-states.ts';
import { diskError } from '../../support/spool/faulty-disk.ts';
import { MemoryDisk } from '../../support/spool/memory-disk.ts';

const OLD = Buffer.from('o'.repeat(600));
const NEW = Buffer.from('n'.repeat(600));

/** What the file at /a holds in the states after the last operation: each once, undefined where it is not there. */
function outcomes(disk: MemoryDisk, path = '/a'): ReadonlySet<string | undefined> {
  const states = [...crashStates(disk, seeded(1), 200)].filter(
    ({ after }) => after === disk.operations.length,
  );
  return new Set(states.map(({ content }) => content.get(path)?.toString('latin1')));
}

test('leaves what was synced under a name that was synced', async () => {
  const disk = new MemoryDisk();
  const file = await disk.create('/a');
  await file.write(OLD, 0, OLD.length, 0);
  await file.datasync();
  await disk.syncFolder('/');
  assert.deepEqual([...outcomes(disk)], [OLD.toString()]);
});

test('removes, cuts, zeroes or mixes unsynced sectors, and nothing before them', async () => {
  const disk = new MemoryDisk({ content: new Map([['/a', OLD]]) });
  const file = await disk.create('/b');
  await file.write(OLD, 0, OLD.length, 0);
  await file.datasync();
  await disk.syncFolder('/');
  await file.write(NEW, 0, NEW.length, OLD.length);
  const found = [...outcomes(disk, '/b')].map((text) => text ?? '');
  for (const text of found) assert.ok(text.startsWith(OLD.toString()));
  const tails = found.map((text) => text.slice(OLD.length));
  assert.ok(tails.includes('') && tails.includes(NEW.toString()), 'all and nothing');
  assert.ok(
    tails.some((tail) => /^n+$/.test(tail) && tail.length < NEW.length),
    'cut',
  );
  assert.ok(
    tails.some((tail) => /^n*\0+$/.test(tail) && tail.length === NEW.length),
    'zeros',
  );
  assert.ok(
    tails.some((tail) => /^\0+n+$/.test(tail)),
    'a later sector alone',
  );
});

test('removes unsynced names, but never both names of a rename', async () => {
  const disk = new MemoryDisk({ content: new Map([['/a', OLD]]) });
  const file = await disk.create('/new');
  await file.write(NEW, 0, NEW.length, 0);
  await file.datasync();
  await disk.rename('/new', '/a');
  assert.deepEqual(new Set(outcomes(disk)), new Set([OLD.toString(), NEW.toString()]));
  assert.deepEqual(new Set(outcomes(disk, '/new')), new Set([undefined, NEW.toString()]));
  await disk.remove('/a');
  assert.ok(outcomes(disk).has(undefined) && outcomes(disk).has(NEW.toString()));
});

test('removes writes of a failed sync, even after a later sync', async () => {
  const disk = new MemoryDisk({ content: new Map() });
  const file = await disk.create('/a');
  await disk.syncFolder('/');
  await file.write(OLD, 0, OLD.length, 0);
  disk.before = () => {
    throw diskError('EIO');
  };
  await assert.rejects(file.datasync());
  disk.before = null;
  await file.datasync();
  assert.ok(outcomes(disk).has(''), 'the kernel holds the lost pages for clean');
});

import assert from 'node:assert/strict';
import { EventLines } from '../../../pipeline/deletion/event-lines.ts';

const linesOf = (gone: string) =>
  new EventLines({ mayDelete: (id) => id === gone, mustDelete: (id) => id === gone });
const eventLine = (event: object): Buffer => Buffer.from(`${JSON.stringify(event)}\n`);
const idle = (userId: unknown) => ({
  activity_type: 'idle',
  user_id: userId,
  ts: '2026-11-20T09:00:00.000Z',
});

/** Ids that look like paths, like JSON, like each other. */
const ODD_IDS = [
  'ada',
  'ad',
  'ada2',
  'Ada',
  'a/b',
  'a',
  '..',
  '../ada',
  'a"b',
  'a\\b',
  '","user_id":"ada',
  'Ünal',
  'U\u0308nal',
  '人',
  '😀',
  '\u2028',
  ' ada',
  'a\nb',
  '*',
];

describe('lines of somebody', () => {
  it('are those with exactly that id, whatever it is made of', () => {
    for (const gone of ODD_IDS) {
      const lines = linesOf(gone);
      for (const id of ODD_IDS) {
        const expected = id === gone ? 'idle' : undefined;
        assert.equal(lines.kindToDelete(eventLine(idle(id))), expected, `${gone} in a line of ${id}`);
      }
    }
  });

  it('are found in every spelling that JSON has for an id', () => {
    const lines = linesOf('Ünal');
    for (const line of [
      '{"activity_type":"idle","user_id":"\\u00dcnal"}',
      '{"activity_type":"idle", "user_id" : "Ünal" }',
      '{"activity_type":"idle","\\u0075ser_id":"Ünal"}',
      '{"user_id":"Ünal","activity_type":"idle"}',
      '{"extra":{"user_id":"eve"},"user_id":"Ünal","activity_type":"idle"}',
    ]) {
      assert.equal(lines.kindToDelete(Buffer.from(line)), 'idle', line);
    }
  });

  it('are not those that only mention the id', () => {
    const lines = linesOf('ada');
    for (const event of [
      { ...idle('bob'), title: 'ada' },
      { ...idle('bob'), title: '"user_id":"ada"' },
      { ...idle('bob'), extra: { user_id: 'ada' } },
      { ...idle(null), device_id: 'ada' },
      { ...idle(['ada']) },
    ]) {
      assert.equal(lines.kindToDelete(eventLine(event)), undefined, JSON.stringify(event));
    }
  });

  it('are also halves of lines that name them', () => {
    const lines = linesOf('ada');
    assert.equal(lines.kindToDelete(Buffer.from('{"user_id":"ada","ts":"2026-1')), 'unreadable');
    assert.equal(lines.kindToDelete(Buffer.from('{"user_id":"bob","ts":"2026-1')), undefined);
    assert.equal(lines.kindToDelete(Buffer.from('{"user_id":"ad')), undefined);
  });

  it('are dated by their own time, or by their arrival if they have none', () => {
    const asked: number[] = [];
    const lines = new EventLines({
      mayDelete: () => true,
      mustDelete: (_, tsMs) => {
        asked.push(tsMs);
        return false;
      },
    });
    lines.kindToDelete(eventLine(idle('ada')));
    lines.kindToDelete(eventLine({ ...idle('ada'), ts: 'yesterday' }), 42);
    assert.deepEqual(asked, [Date.parse('2026-11-20T09:00:00.000Z'), 42]);
  });
});

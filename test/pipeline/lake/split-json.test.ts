import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deaggregate, MAX_SUB_RECORDS, splitJson, toJsonLine } from '../../../pipeline/lake/split-json.ts';

const parts = (text: string) => deaggregate(Buffer.from(text)).map((part) => Buffer.from(part).toString());
const jsonLine = (text: string) => {
  const line = toJsonLine(Buffer.from(text));
  return line === undefined ? undefined : Buffer.from(line).toString();
};

describe('taking a record apart', () => {
  it('accepts concatenated objects, lines, and blanks around them', () => {
    assert.deepEqual(parts('{"a":1}{"a":2}'), ['{"a":1}', '{"a":2}']);
    assert.deepEqual(parts('{"a":1}\n{"a":2}\n'), ['{"a":1}', '{"a":2}']);
    assert.deepEqual(parts(' {"a":1}\r\n\r\n\t{"a":2} '), ['{"a":1}', '{"a":2}']);
  });

  it('is not misled by braces, quotes and backslashes inside of strings', () => {
    const tricky = ['{"a":"}{"}', '{"a":"\\"}{"}', '{"a":"\\\\"}', '{"\\"{":{"b":{}}}'];

    assert.deepEqual(parts(tricky.join('')), tricky);
  });

  it('accepts an object over several lines as one', () => {
    assert.deepEqual(parts('{\n  "a": 1\n}\n{"b": 2}'), ['{\n  "a": 1\n}', '{"b": 2}']);
  });

  it('leaves arrays and other values whole', () => {
    for (const text of ['[{"a":1},{"a":2}]', '"text"', '5', 'no json', ''])
      assert.deepEqual(parts(text), [text]);
  });

  it('loses a malformed line and none of its neighbours', () => {
    assert.deepEqual(parts('{"a":1}\nno json\n{"a":2}'), ['{"a":1}', 'no json', '{"a":2}']);
    assert.deepEqual(parts('{"a":1\n{"a":2}'), ['{"a":1', '{"a":2}']);
    assert.deepEqual(parts('{"a":"open\n{"a":2}'), ['{"a":"open', '{"a":2}']);
    assert.deepEqual(parts('{"a":1}{"a":'), ['{"a":1}', '{"a":']);
    assert.deepEqual(parts('junk\n{"a":1}\n{"a":2}\n'), ['junk', '{"a":1}', '{"a":2}']);
    assert.deepEqual(parts('5\n{"a":1}'), ['5', '{"a":1}']);
    assert.deepEqual(parts('[1]\n{"a":1}'), ['[1]', '{"a":1}']);
    assert.deepEqual(parts('"open\n{"a":1}'), ['"open', '{"a":1}']);
    assert.deepEqual(parts('}\n{"a":1}\r\n]'), ['}', '{"a":1}', ']']);
    assert.deepEqual(parts('{"a":[1}\n{"a":2}'), ['{"a":[1}', '{"a":2}']);
  });

  it('keeps an array whole that is written over several lines: its elements are no records', () => {
    const array = '[\n  {"a":1},\n  {"a":2}\n]';
    assert.deepEqual(parts(`${array}\n{"b":1}`), [array, '{"b":1}']);
    assert.deepEqual(parts('[\n{"a":1}\n'), ['[', '{"a":1}']);
  });

  it('finds nothing in a blank record, which Firehose passes on as it is', () => {
    assert.deepEqual(splitJson(Buffer.from(' \n')), []);
    assert.deepEqual(parts(' \n'), [' \n']);
  });

  it(`passes a record of more than ${MAX_SUB_RECORDS} objects on whole`, () => {
    const exactly = '{"a":1}\n'.repeat(MAX_SUB_RECORDS);

    assert.equal(parts(exactly).length, MAX_SUB_RECORDS);
    assert.deepEqual(parts(`${exactly}{"a":2}`), [`${exactly}{"a":2}`]);
  });

  it('returns any objects that were concatenated', () => {
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    const between = fc.constantFrom('', '\n', '\r\n', ' \n\t');
    fc.assert(
      fc.property(
        fc.array(object, { minLength: 1, maxLength: 20 }),
        between,
        fc.nat(2),
        (objects, gap, indent) => {
          const text = objects.map((each) => JSON.stringify(each, null, indent)).join(gap);
          assert.deepEqual(
            parts(text).map((part) => JSON.parse(part)),
            objects.map((each) => JSON.parse(JSON.stringify(each))),
          );
        },
      ),
    );
  });

  it('loses no byte but blanks, whatever it is given', () => {
    const piece = fc.constantFrom('{', '}', '"', '\\', '\n', ' ', ',', '{"a":1}', '[', 'x', '5');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        assert.equal(parts(text).join('').replaceAll(/\s/g, ''), text.replaceAll(/\s/g, ''));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a part as one line of JSON', () => {
  it('strips the newlines between tokens and keeps those inside of strings', () => {
    assert.equal(jsonLine('{\r\n  "a": 1,\n  "b": "x\\ny"\n}'), '{  "a": 1,  "b": "x\\ny"}');
  });

  it('accepts nothing that a strict reader of the lake would refuse', () => {
    for (const text of ['{"a":nan}', '{"a":01}', '{"a":"\t"}', "{'a':1}", '{"a":1}{"a":2}', '{"a":', '']) {
      assert.equal(jsonLine(text), undefined, text);
    }
    assert.equal(toJsonLine(Buffer.from([0x22, 0xff, 0x22])), undefined);
  });
});

import assert from 'node:assert/strict';
import { DEFAULT_RULES, type RuleSet } from '@kinetrack/schema';
import fc from 'fast-check';
import { compileLists } from '../../../pipeline/rollup/matchers.ts';
import { type Defect, SampleDecoder, type SamplePart } from '../../../pipeline/rollup/sample-part.ts';
import { SampleReader } from '../../../pipeline/rollup/sample-reader.ts';
import { SampleScanner } from '../../../pipeline/rollup/scanner/sample-scanner.ts';
import { StringPool } from '../../../pipeline/rollup/string-pool.ts';
import { trackerSession } from '../../support/agent/tracker-session.ts';
import { anySample } from '../../support/lake/sample-arbitrary.ts';
import { sampleOf } from '../../support/lake/sample-factory.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };
const BY_TITLE: RuleSet = { ...DEFAULT_RULES, meeting: [{ title: '*e*' }, { app: 'Zoom' }] };
const LARGEST_SCANNED = 9_999_999;

/** What stands in the line, between two others. */
function scan(line: Buffer, scanner: SampleScanner): ReturnType<SampleScanner['scan']> {
  const neighbour = Buffer.from(`${JSON.stringify(sampleOf({ user: 'neighbour' }))}\n`);
  const bytes = Buffer.concat([neighbour, line, Buffer.from('\n'), neighbour]);
  return scanner.scan(bytes, neighbour.length, neighbour.length + line.length);
}

/** The same by way of JSON.parse. */
function parse(line: Buffer, decoder: SampleDecoder): SamplePart | Defect {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return 'not_json';
  }
  return decoder.decode(value);
}

function bothWays(rules: RuleSet) {
  const classify = compileLists(rules);
  const scanner = new SampleScanner(HOUR, classify, new StringPool());
  const decoder = new SampleDecoder(HOUR, classify, new StringPool());
  return (line: Buffer) => ({ scanned: scan(line, scanner), parsed: parse(line, decoder) });
}

test('reads every sample that an agent writes, without JSON.parse', async () => {
  const { runtime, machine, tracker, sink } = await trackerSession();
  const inBothWays = bothWays(DEFAULT_RULES);
  await tracker.start();
  machine.show('Google Chrome', 'Pull request · GitHub - Google Chrome');
  await runtime.advance(80_000);
  machine.type({ keys: 3, clicks: 12, distancePx: 1234 }, 400);
  machine.show('Code', 'main.ts - Visual Studio Code');
  await runtime.advance(70_000);
  await tracker.flush();
  const lines = sink.delivered.map(({ line }) => line).filter((line) => line.includes('"sample"'));
  assert.ok(lines.length >= 2);
  for (const line of lines) {
    const { scanned, parsed } = inBothWays(Buffer.from(line));
    assert.notEqual(scanned, undefined, line);
    assert.deepEqual(scanned, parsed);
  }
});

for (const [which, rules] of [
  ['of windows', DEFAULT_RULES],
  ['of titles', BY_TITLE],
] as const) {
  test(`gives the sample that JSON.parse leads to, judged by lists ${which}`, () => {
    const inBothWays = bothWays(rules);
    let scans = 0;
    fc.assert(
      fc.property(anySample, (sample) => {
        const text = JSON.stringify(sample);
        const { scanned, parsed } = inBothWays(Buffer.from(text));
        const figures = [sample.keys, sample.clicks, sample.scrolls, sample.distance_px].flat();
        const isPlain = !text.includes('\\') && Math.max(...figures.map(Number)) <= LARGEST_SCANNED;
        if (isPlain && sample.seq < 1e15) assert.notEqual(scanned, undefined, text);
        if (scanned === undefined) return;
        scans += 1;
        assert.deepEqual(scanned, parsed);
        // The choice between two samples under one number goes by this text.
        assert.equal(JSON.stringify(scanned), JSON.stringify(parsed));
      }),
      { numRuns: 400 },
    );
    assert.ok(scans > 50, `${scans} of the lines were scanned: too few to tell`);
  });
}

test('accepts no sample that JSON.parse or the decoder refuses, for a wrong byte at any place', () => {
  const inBothWays = bothWays(DEFAULT_RULES);
  const byte = fc.oneof(
    fc.constantFrom(...Buffer.from('"\\,:[]{}-+.eE0123456789nult \t\r')),
    fc.integer({ min: 0, max: 255 }),
  );
  const edit = fc.record({
    at: fc.nat(2000),
    removed: fc.integer({ min: 0, max: 2 }),
    inserted: fc.array(byte, { maxLength: 2 }),
  });
  let scans = 0;
  fc.assert(
    fc.property(anySample, fc.array(edit, { minLength: 1, maxLength: 2 }), (sample, edits) => {
      let line = Buffer.from(JSON.stringify(sample));
      for (const { at, removed, inserted } of edits) {
        const place = at % line.length;
        line = Buffer.concat([
          line.subarray(0, place),
          Buffer.from(inserted),
          line.subarray(place + removed),
        ]);
      }
      const { scanned, parsed } = inBothWays(line);
      if (scanned === undefined) return;
      scans += 1;
      assert.deepEqual(scanned, parsed, line.toString('latin1'));
    }),
    { numRuns: 4000 },
  );
  assert.ok(scans > 100, `${scans} of the lines were scanned: too few to tell`);
});

test('does not run past the end of a line that is cut short', () => {
  const inBothWays = bothWays(DEFAULT_RULES);
  const line = Buffer.from(JSON.stringify(sampleOf({ windows: [{ untilS: 9 }, { app: 'Mail' }] })));
  for (let length = 0; length < line.length; length += 1) {
    assert.equal(inBothWays(line.subarray(0, length)).scanned, undefined, `${length} bytes`);
  }
});

/** Other forms: what stands there, what stands there instead, and what it then is. */
const OTHER_FORMS: readonly (readonly [string, string, Defect | 'the same'])[] = [
  ['{"schema_version":1', '{ "schema_version" : 1', 'the same'],
  ['"user_id":"ada"', '"user_id":"\\u0061da"', 'the same'],
  ['"title":null', '"title":"a \\"quoted\\" title"', 'the same'],
  ['"flags":[]', '"flags":["fast"]', 'the same'],
  ['"seq":1,', '"seq":1.0,', 'the same'],
  ['"to_s":60,"keys":[1,', '"to_s":60,"keys":[1e0,', 'the same'],
  [',"flags":[]}', ',"flags":[],"later":true}', 'the same'],
  [',"flags":[]}', '}', 'the same'],
  ['"time_zone":"Europe/Berlin",', '', 'the same'],
  ['"seq":1,', '"seq":01,', 'not_json'],
  ['"keys":[1,', '"keys":[01,', 'not_json'],
  ['"keys":[1,', '"keys":[,', 'not_json'],
  [',"flags":[]}', ',"flags":[]}}', 'not_json'],
  [',0],"clicks"', ',0},"clicks"', 'not_json'],
  ['"to_s":60}]', '"to_s":60]]', 'not_json'],
  ['"to_s":60}]', '"to_s":60}}', 'not_json'],
  ['"time_zone":"Europe', '"time_zone":"\tEurope', 'not_json'],
  ['"seq":1,', '"seq":0,', 'no_identity'],
  ['"user_id":"ada"', '"user_id":""', 'no_identity'],
  ['T09:10:', 'T10:10:', 'wrong_hour'],
  ['T09:10:', 'T09:60:', 'wrong_hour'],
  ['T09:10:', 'T09:1:', 'wrong_hour'],
  ['"utc_offset_min":60', '"utc_offset_min":841', 'wrong_hour'],
  ['"utc_offset_min":60', '"utc_offset_min":-841', 'wrong_hour'],
  ['"from_s":0,"to_s":60,"keys"', '"from_s":0,"to_s":61,"keys"', 'bad_range'],
  ['"from_s":0,"to_s":60,"keys"', '"from_s":60,"to_s":60,"keys"', 'bad_range'],
  ['"keys":[1,', '"keys":[1,1,', 'bad_figures'],
  ['"keys":[1,', '"keys":[', 'bad_figures'],
  ['"keys":[1,', '"keys":[-1,', 'bad_figures'],
  ['"keys":[1,', '"keys":[2147483648,', 'bad_figures'],
  ['"from_s":0,"to_s":60}]', '"from_s":0,"to_s":59}]', 'bad_segments'],
  ['"from_s":0,"to_s":60}]', '"from_s":0,"to_s":61}]', 'bad_segments'],
  ['"from_s":0,"to_s":60}]', '"from_s":1,"to_s":60}]', 'bad_segments'],
  ['"segments":[', `"segments":[{"app":null,"site":null,"title":null,"from_s":0,"to_s":0},`, 'bad_segments'],
  ['"activity_type":"sample"', '"activity_type":"idle"', 'not_a_sample'],
];

test('leaves every other form to JSON.parse', () => {
  const classify = compileLists(DEFAULT_RULES);
  const reader = new SampleReader(HOUR, classify);
  const inBothWays = bothWays(DEFAULT_RULES);
  const sample = sampleOf({ keys: { 0: 1 } });
  const plain = Buffer.from(JSON.stringify(sample));
  const expected = reader.read(plain, 0, plain.length);
  for (const [there, instead, outcome] of OTHER_FORMS) {
    const text = plain.toString();
    assert.ok(text.includes(there), `${there} stands in the line`);
    const line = Buffer.from(text.replace(there, () => instead));
    assert.equal(inBothWays(line).scanned, undefined, instead);
    assert.deepEqual(reader.read(line, 0, line.length), outcome === 'the same' ? expected : outcome, instead);
  }
});

test('accepts no second beyond the minute, even if it drops the whole sample', () => {
  const sample = sampleOf();
  const figures = Array.from({ length: 61 }, () => 1);
  const [segment] = sample.segments;
  const longer = {
    ...sample,
    to_s: 61,
    keys: figures,
    clicks: figures,
    scrolls: figures,
    distance_px: figures,
    segments: [{ ...segment, to_s: 61 }],
  };
  assert.deepEqual(bothWays(DEFAULT_RULES)(Buffer.from(JSON.stringify(longer))), {
    scanned: undefined,
    parsed: 'bad_range',
  });
});

test('distinguishes names that differ only in invalid bytes', () => {
  const inBothWays = bothWays(DEFAULT_RULES);
  const [before, after] = JSON.stringify(sampleOf({ user: '*' })).split('*');
  const users = [[0xc3, 0xa9], [0xe9], [0x65], [0xc3], [0xe9, 0xe9], [0xff]].map((user) => {
    const line = Buffer.concat([Buffer.from(before ?? ''), Buffer.from(user), Buffer.from(after ?? '')]);
    const { scanned, parsed } = inBothWays(line);
    assert.notEqual(scanned, undefined);
    assert.deepEqual(scanned, parsed);
    return scanned?.userId;
  });
  assert.deepEqual(users, ['é', '\ufffd', 'e', '\ufffd', '\ufffd\ufffd', '\ufffd']);
});

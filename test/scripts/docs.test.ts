import assert from 'node:assert/strict';
import {
  ACTIVITY_TYPES,
  activityShapes,
  columnsOf,
  dayRow,
  envelopeShape,
  hourRow,
  INSTALLATION_SETTINGS,
  lakeTables,
  minuteRow,
  TRACKER_SETTINGS,
} from '@kinetrack/schema';
import { eventsPage } from '../../scripts/docs/events.ts';
import { currentText, generatedFiles } from '../../scripts/docs.ts';

describe('generated files', () => {
  for (const [path, text] of Object.entries(generatedFiles())) {
    it(`${path} is up to date`, () => {
      assert.equal(currentText(path), text, `${path} is out of date: run \`npm run docs\` and commit it`);
    });
  }
});

describe('docs/configuration.md', () => {
  const page = currentText('docs/configuration.md');

  it('names every setting in each of its sources', () => {
    for (const { key, variable, flag, option } of INSTALLATION_SETTINGS) {
      for (const name of [key, variable, flag, option.name]) assert.ok(page.includes(`\`${name}\``), name);
    }
    for (const { name } of TRACKER_SETTINGS) assert.ok(page.includes(`\`${name}\``), name);
  });

  it('shows each range and default in the unit of the source', () => {
    assert.match(page, /`idle_threshold_s` \|[^|]*\| 1 to 3,600 s \| 5 s \|/);
    assert.match(page, /`idleThresholdMs` \|[^|]*\| 1,000 to 3,600,000 ms \| 5,000 ms \|/);
    assert.match(page, /`queue_max_mib` \|[^|]*\| 2 to 65,536 MiB \| 256 MiB \|/);
  });
});

describe('docs/events.md', () => {
  const page = eventsPage();

  it('has a row for every field of every event', () => {
    for (const [name, shape] of Object.entries({ Envelope: envelopeShape, ...activityShapes })) {
      const section = sectionOf(page, `## ${name}`);
      for (const field of Object.keys(shape)) assert.ok(section.includes(`\n| \`${field}\` |`), field);
    }
  });

  it('has a row for every column of the rollup tables and of the view', () => {
    for (const [name, { shape }] of Object.entries({ minutes: minuteRow, hours: hourRow, days: dayRow })) {
      const section = sectionOf(page, `### ${name}`);
      for (const field of Object.keys(shape)) assert.ok(section.includes(`\n| \`${field}\` |`), field);
    }
  });

  it('mentions every table', () => {
    for (const { name } of lakeTables)
      assert.ok(page.includes(`\`${name}\``) || page.includes(`## ${name}`), name);
  });

  it('has a sentence for every activity type, field and column', () => {
    const shapes = {
      envelope: envelopeShape,
      ...activityShapes,
      minutes: minuteRow.shape,
      days: dayRow.shape,
    };
    const silent = Object.entries(shapes).flatMap(([name, shape]) =>
      columnsOf(shape)
        .flatMap((column) => [column, ...membersOf(column.type)])
        .filter(({ description }) => !/^[A-Z].*\.$/.test(description))
        .map((column) => `${name}.${column.name}`),
    );
    assert.deepEqual(silent, [], 'describe these fields in the schema with .meta({ description })');
    for (const type of ACTIVITY_TYPES) assert.doesNotMatch(page, new RegExp(`Event of the type ${type}\\.`));
  });
});

/** From a heading to the next one. */
function sectionOf(page: string, heading: string): string {
  const start = page.indexOf(`\n${heading}\n`);
  assert.notEqual(start, -1, `${heading} is missing`);
  const rest = page.slice(start + heading.length + 1);
  const end = rest.search(/\n##+ /);
  return end === -1 ? rest : rest.slice(0, end);
}

type ColumnType = ReturnType<typeof columnsOf>[number]['type'];
const membersOf = (type: ColumnType): ReturnType<typeof columnsOf> =>
  type.kind === 'array' && type.element.kind === 'struct' ? type.element.fields : [];

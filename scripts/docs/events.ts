/** Generates docs/events.md: fields of all events and columns of the lake from the schema. */
import {
  ACTIVITY_TYPES,
  activityShapes,
  type Column,
  columnsOf,
  dayRow,
  describeActivity,
  envelopeShape,
  hourRow,
  lakeTables,
  limitsOf,
  minuteRow,
} from '@kinetrack/schema';
import * as z from 'zod';
import { code, range, table, typeOf, unitOf } from './text.ts';

/** Content of docs/events.md. */
export function eventsPage(): string {
  return `${[intro(), envelope(), ...ACTIVITY_TYPES.map(activity), rollups()].map((part) => part.trim()).join('\n\n')}\n`;
}

type Shape = Readonly<Record<string, z.core.$ZodType>>;

function intro(): string {
  return `
<!-- Written by \`npm run docs\` from schema/src. Edit the descriptions there. -->
# Events and tables

An event is one line of JSON: the envelope, an \`activity_type\`, and the fields of that type. Other
fields are errors. Kinetrack captures no typed text: keys are counts and classes.

\`eventJsonSchema()\` of \`@kinetrack/schema\` returns the JSON Schema of the events.

The lake has one table for each activity type, the table \`events\` with the envelope of all types, the
rollup tables \`minutes\` and \`hours\`, and the view \`days\`. Athena and a local lake use the same names
and columns. Partition columns of every table are \`dt\` (date in UTC) and \`hour\` (hour in UTC, \`00\` to
\`23\`); \`events\` also has \`activity_type\`. The view \`days\` has no partition columns.

| Type | Meaning |
| --- | --- |
${ACTIVITY_TYPES.map((type) => `| [\`${type}\`](#${type}) | ${describeActivity(type)} |`).join('\n')}`;
}

function envelope(): string {
  return `
## Envelope

Fields of every event. All but \`activity_type\`, which is a partition, are columns of every table of
events.

${fields({ activity_type: activityType, ...envelopeShape })}`;
}

/** A partition of the table `events`, not a column. */
const activityType = z.enum(ACTIVITY_TYPES).meta({ description: 'Type of the event.' });

function activity(type: keyof typeof activityShapes): string {
  return `
## ${type}

${describeActivity(type)}

The table \`${type}\` has the columns of the envelope and these:

${fields(activityShapes[type])}`;
}

const fields = (shape: Shape): string =>
  table(['Field', 'JSON', 'Column type', 'Unit', 'Meaning'], fieldRows(shape));

/** Fields of objects in a list have `[]` in their names. */
function fieldRows(shape: Shape): string[][] {
  const columns = columnsOf(shape);
  return Object.entries(shape).flatMap(([name, field], index) => {
    const column = columns[index];
    if (column === undefined) throw new TypeError(`field ${name} has no column`);
    const row = [code(name), jsonType(field), typeOf(column), unitOf(name), column.description];
    return [row, ...elementRows(name, column, field)];
  });
}

function elementRows(name: string, { type }: Column, field: z.core.$ZodType): string[][] {
  if (!(field instanceof z.ZodArray) || !(field.element instanceof z.ZodObject)) return [];
  if (type.kind !== 'array') return [];
  return fieldRows(field.element.shape).map(([cell = '', ...rest]) => [
    code(`${name}[].${cell.replaceAll('`', '')}`),
    ...rest,
  ]);
}

/** `integer, 0 to 59`, `array of integers or null`, `` `start`, `end` ``. */
function jsonType(field: z.core.$ZodType): string {
  if (field instanceof z.ZodNullable) {
    const type = jsonType(field.unwrap());
    return `${type}${type.includes(',') ? ',' : ''} or null`;
  }
  if (field instanceof z.ZodUUID) return 'string, a UUID';
  if (field instanceof z.ZodOptional) return `${jsonType(field.unwrap())}, optional`;
  if (field instanceof z.ZodArray) return `array of ${plural(field.element)}`;
  if (field instanceof z.ZodRecord) return `object with ${plural(field.valueType)}`;
  if (field instanceof z.ZodObject) return 'object';
  if (field instanceof z.ZodBoolean) return 'boolean';
  if (field instanceof z.ZodUnion) return field.options.map(jsonType).join(' or ');
  const limits = limitsOf(field);
  if (field instanceof z.ZodLiteral || field instanceof z.ZodEnum) return range(limits);
  const kind = limits?.kind === 'integer' || limits?.kind === 'number' ? limits.kind : 'string';
  const shown = range(limits);
  return shown === '' || shown === 'not empty' ? kind : `${kind}, ${shown}`;
}

function plural(field: z.core.$ZodType): string {
  const [kind = ''] = jsonType(field).split(',');
  return kind
    .split(' or ')
    .map((each) => `${each}s`)
    .join(' or ');
}

const ROLLUPS = { minutes: minuteRow.shape, hours: hourRow.shape } as const;

function rollups(): string {
  const tables = Object.entries(ROLLUPS).map(([name, shape]) => {
    const description = lakeTables.find((each) => each.name === name)?.description;
    return `### ${name}\n\n${description}\n\n${rows(shape)}`;
  });
  return `
## Rollup tables

The rollups write these tables from \`sample\` events. [productivity.md](productivity.md) explains the
verdicts, [queries.md](queries.md) has ready queries.

${tables.join('\n\n')}

### days

A view: one row per person and local date.

${rows(dayRow.shape)}`;
}

function rows(shape: Shape): string {
  const columns = columnsOf(shape);
  return table(
    ['Column', 'Type', 'Values', 'Unit', 'Meaning'],
    Object.values(shape).map((field, index) => {
      const column = columns[index];
      if (column === undefined) throw new TypeError(`field ${index} has no column`);
      const values = range(limitsOf(field));
      return [
        code(column.name),
        typeOf(column) + (column.nullable ? ' or null' : ''),
        values === '0 or more' ? '' : values,
        unitOf(column.name),
        column.description,
      ];
    }),
  );
}

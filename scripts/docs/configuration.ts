/** Generates docs/configuration.md: settings, rules, destinations and options from the schema. */
import {
  DEFAULT_RULES,
  destinationConfig,
  INSTALLATION_SETTINGS,
  kinetrackConfig,
  limitsOf,
  type Matcher,
  ruleSet,
  type Setting,
  TRACKER_SETTINGS,
} from '@kinetrack/schema';
import * as z from 'zod';
import { DESTINATION_OPTIONS, type OptionNote, PART_OPTIONS } from '../../agent/src/option-list.ts';
import { code, defaultOf, range, table, withUnit } from './text.ts';

/** Content of docs/configuration.md. */
export function configurationPage(): string {
  return `${SECTIONS.map((section) => section().trim()).join('\n\n')}\n`;
}

const SECTIONS = [intro, settings, destinations, rules, script, errors];

function intro(): string {
  return `
<!-- Written by \`npm run docs\` from schema/src. Edit the descriptions there. -->
# Configuration

Kinetrack runs without any configuration. The value of a setting comes from the first of these
sources that has one:

1. the command line: \`kinetrack start --idle-threshold-s 10\`
2. an environment variable: \`KINETRACK_IDLE_THRESHOLD_S=10\`
3. the file \`config.json\` in the data directory: \`{ "idle_threshold_s": 10 }\`
4. the default

\`kinetrack start\` reads the sources once. An invalid value stops it with an error that names the
source, the value, the rule and the remedy. An empty variable counts as unset. Destination and rules
are set in the file only. Commands with \`--lake\` read the rules from the \`config.json\` next to the
folder of the lake; \`kinetrack dead-letters\` reads \`key_store\` from variable and file.

[config.schema.json](config.schema.json) is the JSON Schema of the file. Most editors use it if the
file names its path: \`"$schema": "config.schema.json"\`.

A script that uses \`ActivityTracker\` reads neither the file nor the variables. It
[passes options](#options-of-activitytracker).

## Example

\`config.json\`, in \`~/.local/share/kinetrack\` on Linux, \`~/Library/Application Support/Kinetrack\` on
macOS and \`%LOCALAPPDATA%\\Kinetrack\` on Windows, or in the folder of \`--data\`:

\`\`\`json
${compact(JSON.stringify(CONFIG_EXAMPLE, undefined, 2))}
\`\`\`

The file is JSON in UTF-8, with or without a byte order mark. Unknown keys are errors.`;
}

/** Parsed by the schema, so an invalid example fails. */
const CONFIG_EXAMPLE = kinetrackConfig.parse({
  title_mode: 'off',
  idle_threshold_s: 10,
  destination: { kind: 'kinesis', stream_name: 'activity', region: 'eu-central-1' },
  rules: {
    interaction: { min_keys: 10 },
    non_productive: { add: [{ site: 'news.example.com' }], remove: [{ site: 'reddit*' }] },
  },
});

/** Puts objects with one field on one line. */
const compact = (json: string): string =>
  json.replace(/\{\s+("[^"]+": [^\s,{}]+)\s+\}/g, '{ $1 }').replace(/\[\s+(\{[^{}[\]]*\})\s+\]/g, '[$1]');

function settings(): string {
  const rows = INSTALLATION_SETTINGS.map(({ key, inFile }) => [
    code(key),
    inFile.description,
    withUnit(range(inFile.limits), inFile.unit),
    defaultOf(inFile),
  ]);
  const names = INSTALLATION_SETTINGS.map(({ key, variable, flag, option }) =>
    [key, variable, flag, option.name].map(code),
  );
  return `
## Settings

The last word of a name is the unit.

${table(['Key in the file', 'Meaning', 'Range', 'Default'], rows)}

Fractions of a second are rounded to milliseconds.

Each setting has the same name everywhere. Scripts count in milliseconds and bytes.

${table(['File', 'Environment variable', 'Option of `kinetrack start`', 'Option of `ActivityTracker`'], names)}`;
}

function destinations(): string {
  const { description } = kinetrackConfig.shape.destination.meta() ?? {};
  const parts = destinationConfig.options.map((option) => {
    const { kind, ...fields } = option.shape;
    const [name] = kind.values;
    const rows = rowsOf(fields);
    const fieldTable =
      rows.length === 0 ? '' : `\n\n${table(['Key', 'Meaning', 'Required', 'Default'], rows)}`;
    return `### \`"kind": "${name}"\`\n\n${option.meta()?.description}${fieldTable}`;
  });
  return `
## Destination

\`destination\`: ${description} Default: \`{ "kind": "local" }\`. See [delivery.md](delivery.md).

${parts.join('\n\n')}`;
}

const noteMeta = z.object({ description: z.string(), otherwise: z.string().optional() });

/** One row per field. Fields of a nested object have a dot in their names. */
function rowsOf(shape: Readonly<Record<string, z.core.$ZodType>>, prefix = ''): string[][] {
  return Object.entries(shape).flatMap(([name, field]) => {
    const isOptional = field instanceof z.ZodOptional;
    const inner = isOptional ? field.unwrap() : field;
    const note =
      noteMeta.safeParse(z.globalRegistry.get(field)).data ?? noteMeta.parse(z.globalRegistry.get(inner));
    const row = [code(`${prefix}${name}`), note.description, isOptional ? 'no' : 'yes', note.otherwise ?? ''];
    return [row, ...(inner instanceof z.ZodObject ? rowsOf(inner.shape, `${prefix}${name}.`) : [])];
  });
}

function rules(): string {
  const { interaction, presence, meeting, non_productive } = ruleSet.shape;
  return `
## Rules

\`rules\` changes the default rules of the verdicts. [productivity.md](productivity.md) explains the
rules; this section lists what can be changed. A value that is not given keeps its default.

\`kinetrack rollup\` applies changed rules to the hours that are already stored.

### \`interaction\`

${interaction.meta()?.description}

${thresholds(interaction.shape, DEFAULT_RULES.interaction)}

### \`presence\`

${presence.meta()?.description}

${thresholds(presence.shape, DEFAULT_RULES.presence)}

Each threshold can be set alone:

\`\`\`json
{ "rules": { "presence": { "max_idle_s": 45 } } }
\`\`\`

### Lists

- \`meeting\`: ${meeting.meta()?.description}
- \`non_productive\`: ${non_productive.meta()?.description}

An entry names an application (\`app\`), a website (\`site\`), a window title (\`title\`), or several of
them; then all must match. Case does not matter. \`*\` matches any characters. Without \`*\`, the whole
name must match.

Extend the default list with \`add\`, shorten it with \`remove\`:

\`\`\`json
{ "rules": { "non_productive": { "add": [{ "site": "news.example.com" }], "remove": [{ "site": "reddit*" }] } } }
\`\`\`

\`remove\` takes an entry exactly as it is in the default list; case does not matter. An entry that is
not in the default list is an error. Adding an entry twice has no effect.

Use a list of your own with \`replace\`:

\`\`\`json
{ "rules": { "meeting": { "replace": [{ "app": "jitsi*" }] } } }
\`\`\`

A plain list does the same as \`replace\`: \`{ "meeting": [{ "app": "jitsi*" }] }\`.

The default lists:

${table(
  ['List', 'Applications', 'Websites'],
  [
    ['`meeting`', ...entriesOf(DEFAULT_RULES.meeting)],
    ['`non_productive`', ...entriesOf(DEFAULT_RULES.non_productive)],
  ],
)}

### \`version\`

${ruleSet.shape.version.meta()?.description} The default rules have the version \`${DEFAULT_RULES.version}\`. Changed rules
get a version that derives from their content, such as \`custom-1a2b3c4d\`: the same rules have the same
version however they are written, and different rules have different versions. A \`version\` in the file
replaces the derived one. Change it with every change of the rules.`;
}

function thresholds(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  defaults: Readonly<Record<string, number>>,
): string {
  const rows = Object.entries(shape).map(([name, field]) => [
    code(name),
    noteMeta.parse(z.globalRegistry.get(field)).description,
    range(limitsOf(field)),
    String(defaults[name]),
  ]);
  return table(['Key', 'Meaning', 'Range', 'Default'], rows);
}

function entriesOf(list: readonly Matcher[]): readonly [apps: string, sites: string] {
  const named = (field: 'app' | 'site'): string =>
    list.flatMap((entry) => (entry[field] === undefined ? [] : [code(entry[field])])).join(', ');
  return [named('app'), named('site')];
}

function script(): string {
  return `
## Options of \`ActivityTracker\`

\`\`\`js
const tracker = new ActivityTracker({ streamName: 'activity', idleThresholdMs: 10_000 });
\`\`\`

### Destination of a script

Pass either \`streamName\` or \`sink\`. \`region\`, \`endpoint\` and \`credentials\` belong to \`streamName\`.
Credentials never appear in logs, errors or the status.

${notes(DESTINATION_OPTIONS)}

### Settings of a script

${table(COLUMNS, settingRows)}

### Parts of the tracker

${notes(PART_OPTIONS)}`;
}

const COLUMNS = ['Option', 'Meaning', 'Range', 'Default'];

/** All options in one table: for the README of the package. */
export const optionsTable = (): string =>
  table(COLUMNS, [...noteRows(DESTINATION_OPTIONS), ...settingRows, ...noteRows(PART_OPTIONS)]);

const noteRows = (options: Readonly<Record<string, OptionNote>>): string[][] =>
  Object.entries(options).map(([name, { description, otherwise }]) => [
    code(name),
    description,
    '',
    otherwise,
  ]);

const settingRow = (setting: Setting): string[] => [
  code(setting.name),
  setting.description,
  withUnit(range(setting.limits), setting.unit),
  defaultOf(setting),
];

const settingRows = TRACKER_SETTINGS.map(settingRow);

const notes = (options: Readonly<Record<string, OptionNote>>): string =>
  table(
    ['Option', 'Type', 'Meaning', 'Default'],
    Object.entries(options).map(([name, { type, description, otherwise }]) => [
      code(name),
      code(type),
      description,
      otherwise,
    ]),
  );

function errors(): string {
  return `
## Errors

Both errors are an \`Error\` with a \`code\`. Their message names the source, the value, the rule and the
remedy.

${table(
  ['Error', 'Code', 'Thrown by'],
  [
    ['`ConfigError`', '`invalid_config`', '`kinetrack start` and other commands, for file and variables'],
    ['`OptionError`', '`invalid_option`', '`new ActivityTracker()`; its `option` is the name'],
  ],
)}

\`\`\`
/home/ada/.local/share/kinetrack/config.json is not valid:
  idle_threshold_s: must be a number from 1 to 3600; got 0; leave it out for 5
Correct it, or remove it to use the defaults.
\`\`\`

An invalid option on the command line ends the command with exit code 2, any other invalid setting
with exit code 1.`;
}

/** Generates the interface of the tracker options, with description, range and default for editors. */
import { figure, rangeOf, type Setting, TRACKER_SETTINGS } from '@kinetrack/schema';
import { DESTINATION_OPTIONS, type OptionNote, PART_OPTIONS } from '../../agent/src/option-list.ts';
import { withUnit } from './text.ts';

/** Content of agent/src/tracker-options.ts. */
export function trackerOptionsModule(): string {
  return `/** Written by \`npm run docs\` from schema/src/settings.ts and option-list.ts. Edit those. */
${importLines({ '@kinetrack/schema': 'Detail, KeyStore, TitleMode' })}
${importLines(importsOf({ ...DESTINATION_OPTIONS, ...PART_OPTIONS }))}

export interface ActivityTrackerOptions {
${[...notesOf(DESTINATION_OPTIONS), ...TRACKER_SETTINGS.map(settingProperty), ...notesOf(PART_OPTIONS)].join(
  '\n',
)}
}
`;
}

const importsOf = (notes: Readonly<Record<string, OptionNote>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.values(notes).flatMap(({ imports }) => Object.entries(imports ?? {})));

/** Sorted like the formatter does. */
const importLines = (names: Readonly<Record<string, string>>): string =>
  Object.entries(names)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([module, types]) => ['import type', `{ ${types} }`, 'from', `'${module}';`].join(' '))
    .join('\n');

const notesOf = (notes: Readonly<Record<string, OptionNote>>): readonly string[] =>
  Object.entries(notes).map(([name, { type, description, otherwise }]) =>
    property(name, type, [description], otherwise),
  );

function settingProperty(setting: Setting): string {
  const { name, limits, unit, description, default: standard, otherwise } = setting;
  const range = limits.kind === 'choice' ? [] : [`${capital(withUnit(rangeOf(limits), unit))}.`];
  const value = typeof standard === 'number' ? figure(standard) : standard;
  return property(name, typeOfSetting(setting), [description, ...range], value ?? otherwise ?? '');
}

/** Wraps comments, which the formatter does not. */
function property(name: string, type: string, sentences: readonly string[], otherwise: string): string {
  const text = sentences.join(' ');
  const value = `@defaultValue ${otherwise}`;
  const declaration = `  readonly ${name}?: ${type} | undefined;`;
  const short = `  /** ${text} ${value} */`;
  if (short.length <= 100) return `${short}\n${declaration}`;
  const lines = [...wrapped(text), ...wrapped(value)].map((line) => `   * ${line}`);
  return ['  /**', ...lines, '   */', declaration].join('\n');
}

const COMMENT_WIDTH = 95;

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || `${last} ${word}`.length > COMMENT_WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

const CHOICE_TYPES: Readonly<Record<string, string>> = {
  detail: 'Detail',
  titleMode: 'TitleMode',
  keyStore: 'KeyStore',
};

function typeOfSetting({ name, limits }: Setting): string {
  if (limits.kind === 'string') return 'string';
  if (limits.kind !== 'choice') return 'number';
  return CHOICE_TYPES[name] ?? limits.choices.map((choice) => `'${choice}'`).join(' | ');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Every setting: name, unit, range, default and description. The options of ActivityTracker, `config.json`
 * and its JSON Schema, environment variables, the options of `kinetrack start` and docs/configuration.md
 * derive from here.
 *
 * Names are those of the file; the last word is the unit. Options in scripts use milliseconds and bytes, as
 * is usual in JavaScript: `idle_threshold_s` is the option `idleThresholdMs`.
 */
import * as z from 'zod';
import { figure, type Limits, limitsOf, rangeOf, ruleOfLimits } from './limits.ts';

export const TITLE_MODES = ['full', 'redacted', 'off'] as const;
export type TitleMode = (typeof TITLE_MODES)[number];
export const DETAILS = ['events', 'counts'] as const;
export type Detail = (typeof DETAILS)[number];
export const KEY_STORES = ['auto', 'file'] as const;
export type KeyStore = (typeof KEY_STORES)[number];

/** Settings of an installation: in `config.json`, environment variables, command line and scripts. */
export const installationSettings = {
  user_id: z.string().min(1).max(128).optional().meta({
    description: 'Identifier of the recorded person.',
    otherwise: 'the user name of the operating system',
  }),
  detail: z.enum(DETAILS).default('events').meta({
    description: '`events` records single events and minute totals; `counts` records minute totals only.',
  }),
  title_mode: z.enum(TITLE_MODES).default('redacted').meta({
    description:
      'Window titles: `full` keeps them, `redacted` removes numbers, addresses and paths, `off` drops them.',
  }),
  idle_threshold_s: z.number().min(1).max(3600).default(5).meta({
    description: 'Time without input before the person counts as idle.',
  }),
  mouse_move_interval_ms: z.int().min(50).max(60_000).default(500).meta({
    description: 'Minimum time between two `mouse_move` events.',
  }),
  key_store: z.enum(KEY_STORES).default('auto').meta({
    description:
      "Location of the queue's encryption key: `auto` uses the system keystore where available, `file` a private file.",
  }),
  queue_max_mib: z.int().min(2).max(65_536).default(256).meta({
    description: 'Disk space of the queue; a full queue drops its oldest events and counts them.',
  }),
} as const;

/** Settings in scripts only. */
export const scriptSettings = {
  data_dir: z.string().min(1).max(4096).optional().meta({
    description: 'Directory of the device identity and the queue.',
    otherwise: "the platform's directory for application data",
  }),
  flush_interval_ms: z.int().min(100).max(3_600_000).optional().meta({
    description: 'Maximum time an event is held for batching.',
    otherwise: 'until the minute ends, or longer if the destination asks for it',
  }),
  max_batch_records: z.int().min(1).max(10_000).default(1000).meta({
    description: 'Maximum number of events in one batch.',
  }),
  max_batch_bytes: z
    .int()
    .min(1024)
    .max(10 * 1024 * 1024)
    .default(256 * 1024)
    .meta({ description: 'Maximum size of a batch; a single larger event is still sent.' }),
  close_timeout_ms: z.int().min(0).max(600_000).default(5000).meta({
    description: 'Maximum time `close()` waits for delivery; the rest is delivered after the next start.',
  }),
} as const;

export const allSettings = { ...installationSettings, ...scriptSettings };

export type InstallationSettingName = keyof typeof installationSettings;
export type SettingName = InstallationSettingName | keyof typeof scriptSettings;
type Camel<Name extends string> = Name extends `${infer Head}_${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : Name;
/** `idle_threshold_s` is `idleThresholdMs`, `queue_max_mib` is `queueMaxBytes`. */
type OptionName<Name extends string> = Name extends `${infer Quantity}_s`
  ? `${Camel<Quantity>}Ms`
  : Name extends `${infer Quantity}_mib`
    ? `${Camel<Quantity>}Bytes`
    : Camel<Name>;

/** Units of the file with a smaller unit in scripts. */
const CONVERSIONS: readonly { readonly unit: string; readonly option: string; readonly factor: number }[] = [
  { unit: '_s', option: '_ms', factor: 1000 },
  { unit: '_mib', option: '_bytes', factor: 1024 * 1024 },
];
const conversionOf = (name: string) => CONVERSIONS.find(({ unit }) => name.endsWith(unit));

function optionNameOf(name: string): string {
  const conversion = conversionOf(name);
  const inUnit = conversion === undefined ? name : name.slice(0, -conversion.unit.length) + conversion.option;
  return inUnit.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Converts a value of the file to the unit of the option. Rounded, because 1.001 * 1000 is not an integer
 * in binary floating point.
 */
function toOptionUnit(name: string, value: unknown): unknown {
  const conversion = conversionOf(name);
  return conversion === undefined || typeof value !== 'number'
    ? value
    : Math.round(value * conversion.factor);
}

const UNITS: Readonly<Record<string, string>> = { s: 's', ms: 'ms', mib: 'MiB', bytes: 'bytes' };

/** A setting with its name in the file, or as an option. */
export interface Setting {
  readonly name: string;
  readonly unit: string | undefined;
  readonly limits: Limits;
  readonly default: string | number | undefined;
  /** Behaviour without a default value. */
  readonly otherwise: string | undefined;
  /** One sentence. */
  readonly description: string;
  /** `must be a whole number from 50 to 60000`. */
  readonly rule: string;
  /** `leave it out for 500`. */
  readonly remedy: string;
}

const settingMeta = z.object({ description: z.string(), otherwise: z.string().optional() });

function settingOf(name: string, field: z.core.$ZodType): Setting {
  const { description, otherwise } = settingMeta.parse(z.globalRegistry.get(field));
  const limits = limitsOf(field);
  if (limits === undefined)
    throw new TypeError(`setting ${name}: a setting is a number, a string or a choice`);
  const standard = field instanceof z.ZodDefault ? field._zod.def.defaultValue : undefined;
  const isPlain = typeof standard === 'string' || typeof standard === 'number';
  return {
    name,
    unit: UNITS[name.slice(name.lastIndexOf('_') + 1)],
    limits,
    default: isPlain ? standard : undefined,
    otherwise,
    description,
    rule: ruleOfLimits(limits),
    remedy: `leave it out for ${isPlain ? JSON.stringify(standard) : otherwise}`,
  };
}

/** The same setting in the unit of the option. */
function optionOf(name: string, field: z.core.$ZodType): Setting {
  const { limits, default: standard, ...rest } = settingOf(name, field);
  const conversion = conversionOf(name);
  if (conversion === undefined || (limits.kind !== 'number' && limits.kind !== 'integer')) {
    return { ...rest, limits, default: standard, name: optionNameOf(name) };
  }
  const { factor, option } = conversion;
  const scaled: Limits = { kind: 'integer', min: limits.min * factor, max: limits.max * factor };
  const value = typeof standard === 'number' ? standard * factor : standard;
  return {
    ...rest,
    name: optionNameOf(name),
    unit: UNITS[option.slice(1)],
    limits: scaled,
    default: value,
    rule: ruleOfLimits(scaled),
    remedy: `leave it out for ${value ?? rest.otherwise}`,
  };
}

/** For a help text: `Minimum time between two mouse_move events (50 to 60,000 ms; default: 500)`. */
export function helpOf({ description, limits, unit, default: standard, otherwise }: Setting): string {
  // The description of a choice has its values; on the command line, they are in quotes.
  const range = limits.kind === 'choice' ? [] : [[rangeOf(limits), unit].join(' ').trim()];
  const value = typeof standard === 'number' ? figure(standard) : (standard ?? otherwise);
  const notes = [...range, `default: ${value}`].join('; ');
  return `${description.replace(/\.$/, '')} (${notes})`.replaceAll('`', limits.kind === 'choice' ? '"' : '');
}

export interface InstallationSetting {
  readonly key: InstallationSettingName;
  readonly inFile: Setting;
  /** The option of ActivityTracker. */
  readonly option: Setting;
  /** `KINETRACK_IDLE_THRESHOLD_S` */
  readonly variable: string;
  /** `--idle-threshold-s` */
  readonly flag: string;
}

/** In the order of the documentation. */
export const INSTALLATION_SETTINGS: readonly InstallationSetting[] = keysOf(installationSettings).map(
  (key) => ({
    key,
    inFile: settingOf(key, installationSettings[key]),
    option: optionOf(key, installationSettings[key]),
    variable: `KINETRACK_${key.toUpperCase()}`,
    flag: `--${key.replaceAll('_', '-')}`,
  }),
);

/** With the names of the options in scripts. */
export const TRACKER_SETTINGS: readonly Setting[] = keysOf(allSettings).map((name) =>
  optionOf(name, allSettings[name]),
);

type WithoutDefault<Field> = Field extends z.ZodDefault<infer Inner> ? z.ZodOptional<Inner> : Field;
type FileShape = { [Name in InstallationSettingName]: WithoutDefault<(typeof installationSettings)[Name]> };
/** Object.fromEntries loses the type of each field. */
const fileShape = Object.fromEntries(
  Object.entries(installationSettings).map(([name, field]) => [
    name,
    field instanceof z.ZodDefault ? field.unwrap().optional() : field,
  ]),
) as FileShape;

/** Settings from one source: file, environment or command line. */
export const givenSettings = z.strictObject(fileShape);
export type GivenSettings = z.infer<typeof givenSettings>;

type OptionShape = {
  [Name in SettingName as OptionName<Name>]: (typeof allSettings)[Name];
};
const optionShape = Object.fromEntries(
  Object.entries(allSettings).map(([name, field]) => [optionNameOf(name), inOptionUnit(name, field)]),
) as OptionShape;

/** The settings of ActivityTracker with their defaults. */
export const trackerSettings = z.object(optionShape);
export type TrackerSettings = z.output<typeof trackerSettings>;

function inOptionUnit(name: string, field: z.core.$ZodType): z.core.$ZodType {
  const { limits, default: standard } = optionOf(name, field);
  if (conversionOf(name) === undefined || limits.kind !== 'integer') return field;
  const number = z.int().min(limits.min).max(limits.max);
  return typeof standard === 'number' ? number.default(standard) : number.optional();
}

/** Effective options of a script without settings. */
export const TRACKER_DEFAULTS = trackerSettings.parse({});

/** Converts settings to options of ActivityTracker and applies defaults. Other fields are ignored. */
export const trackerSettingsOf = (given: GivenSettings): TrackerSettings =>
  trackerSettings.parse(
    Object.fromEntries(
      Object.entries(given).map(([name, value]) => [optionNameOf(name), toOptionUnit(name, value)]),
    ),
  );

function keysOf<T extends object>(shape: T): readonly (keyof T & string)[] {
  return Object.keys(shape) as (keyof T & string)[];
}

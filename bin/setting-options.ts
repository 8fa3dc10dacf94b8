/** Options of the command line for the settings of config.json, derived from the schema. */
import {
  type GivenSettings,
  helpOf,
  INSTALLATION_SETTINGS,
  type InstallationSetting,
} from '@kinetrack/schema';
import { InvalidArgumentError, Option } from 'commander';
import { settingFromText } from '../local/config-file.ts';

/** What Commander hands over: by the names that it makes of the options. */
export type SettingTexts = Readonly<Record<string, unknown>>;

/** One option a setting, without a default: an option that is not given leaves the setting to the other sources. */
export const settingOptions = (): readonly Option[] => INSTALLATION_SETTINGS.map(optionFor);

/** The settings among the options of a command. */
export function settingsFrom(options: SettingTexts): GivenSettings {
  return Object.fromEntries(
    INSTALLATION_SETTINGS.map((setting) => [setting.key, options[optionFor(setting).attributeName()]]).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function optionFor({ key, flag, inFile }: InstallationSetting): Option {
  const { limits, unit, rule } = inFile;
  const placeholder = limits.kind === 'choice' ? 'choice' : limits.kind === 'string' ? 'text' : (unit ?? 'n');
  return new Option(`${flag} <${placeholder}>`, helpOf(inFile)).argParser((text: string) => {
    const value = settingFromText(key, text);
    if (value === undefined) throw new InvalidArgumentError(`${flag} ${rule}.`);
    return value;
  });
}

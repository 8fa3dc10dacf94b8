import { Command, Help, type Option } from 'commander';

/**
 * A command with the help and error behaviour of the command line. `addCommand` does not inherit
 * these settings, so each command sets them.
 */
export const baseCommand = (name: string): Command =>
  new Command(name)
    .configureHelp({ optionDescription })
    .helpOption('-h, --help', 'Show help')
    .showHelpAfterError('(run with --help for usage)')
    .exitOverride();

function optionDescription(this: Help, option: Option): string {
  const text = Help.prototype.optionDescription.call(this, option);
  return option.mandatory ? `${text} (required)` : text;
}

/** A command that only groups subcommands. */
export const groupCommand = (name: string): Command =>
  baseCommand(name).helpCommand('help [command]', 'Show help for a command');

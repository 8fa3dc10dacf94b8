import { type Command, Option } from 'commander';
import {
  addDevice,
  type DeviceEntry,
  listDevices,
  type OpenDevices,
  openDevices,
  revokeDevices,
} from '../../aws/devices.ts';
import { explainAws } from '../../aws/failure.ts';
import { formatRows } from '../../local/format-rows.ts';
import { baseCommand, groupCommand } from '../base-command.ts';
import { UsageError } from '../cli-error.ts';
import { wholeNumber } from '../option-parsers.ts';
import { jsonOption, regionOption, stackOption } from '../shared-options.ts';

interface Place {
  readonly stack: string;
  readonly region?: string;
}
interface AddOptions extends Place {
  readonly user: string;
  readonly label?: string;
  readonly days?: number;
  readonly json?: boolean;
}
interface ListOptions extends Place {
  readonly user?: string;
  readonly json?: boolean;
}
interface RevokeOptions extends Place {
  readonly user?: string;
}

export const devicesCommand = (): Command =>
  groupCommand('devices')
    .description('Manage the device tokens of a deployment')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addHelpText(
      'after',
      `
A device token authenticates one computer and assigns its events to one user. Issue a new token
and empty the data directory when a computer changes hands. To replace a token of the same user,
issue a new one, then revoke the old one.
`,
    );

const addCommand = (): Command =>
  placed('add', 'Issue a device token (shown once, stored only as a hash)')
    .requiredOption('--user <id>', 'User ID for the events, the same as in the sign-in')
    .option('--label <text>', 'Label for the list, such as a computer name')
    .addOption(
      new Option('--days <n>', 'Lifetime in days (default: until revoked)').argParser(wholeNumber(1, 3650)),
    )
    .addOption(jsonOption())
    .action(async ({ user, label = '', days, json, ...place }: AddOptions) => {
      if (user === '' || user.length > 128)
        throw new UsageError(`--user has ${user.length} characters. It must have 1 to 128.`);
      if (user !== user.trim()) {
        throw new UsageError(`--user ${JSON.stringify(user)} starts or ends with a space. Remove it.`);
      }
      const { token, entry, apiUrl } = await inDeployment(place, async ({ apiUrl, ...devices }) => ({
        ...(await addDevice(devices, { userId: user, label, days })),
        apiUrl,
      }));
      const config = {
        user_id: user,
        destination: {
          kind: 'http',
          url: apiUrl ?? 'https://<address of the API>',
          token_file: 'device-token',
        },
      };
      if (json) console.log(JSON.stringify({ token, id: entry.id, config }, undefined, 2));
      else
        process.stdout.write(instructions(token, entry, JSON.stringify(config, undefined, 2), place.stack));
    });

const listCommand = (): Command =>
  placed('list', 'List device tokens and their state')
    .option('--user <id>', 'Only tokens of this user')
    .addOption(jsonOption())
    .action(async ({ user, json, ...place }: ListOptions) => {
      const entries = await inDeployment(place, (devices) => listDevices(devices, { userId: user }));
      if (json) console.log(JSON.stringify(entries, undefined, 2));
      else process.stdout.write(tableOf(entries));
    });

const revokeCommand = (): Command =>
  placed('revoke', 'Revoke device tokens (takes effect within 5 minutes)')
    .argument('[id...]', 'Token IDs, as listed by `kinetrack devices list`')
    .option('--user <id>', 'Revoke all tokens of this user')
    .action(async (ids: string[], { user, ...place }: RevokeOptions) => {
      if ((ids.length === 0) === (user === undefined)) {
        throw new UsageError('pass either token IDs or --user ID.');
      }
      const which = user === undefined ? { ids } : { userId: user };
      const { revoked, unknown } = await inDeployment(place, (devices) => revokeDevices(devices, which));
      for (const { id, userId, label } of revoked)
        console.log(`Revoked ${id} (${userId}) ${label}`.trimEnd());
      if (unknown.length > 0 && user !== undefined) {
        throw new Error(
          `--user ${user}: no token was ever issued to this user. List all tokens with \`kinetrack devices list\`.`,
        );
      }
      if (unknown.length > 0) {
        throw new Error(
          `${unknown.join(', ')}: no such token ID. List all tokens with \`kinetrack devices list\`.`,
        );
      }
      if (revoked.length === 0)
        console.log('Nothing to revoke: these tokens are already revoked or expired.');
    });

const placed = (name: string, description: string): Command =>
  baseCommand(name)
    .description(description)
    .addOption(stackOption().makeOptionMandatory())
    .addOption(regionOption());

const inDeployment = <T>({ stack, region }: Place, work: (devices: OpenDevices) => Promise<T>): Promise<T> =>
  explainAws(`the deployment ${stack}`, async () =>
    work(await openDevices({ stack, region, now: () => Date.now() })),
  );

const instructions = (token: string, { id, userId }: DeviceEntry, config: string, stack: string): string => `\
Device token (shown only once):

${token}

On the computer of ${userId}, in the data directory (\`kinetrack doctor\` shows its path):
1. Save the token in the file device-token, readable only by its owner.
2. Add to config.json:

${config}

To revoke the token: kinetrack devices revoke ${id} --stack ${stack}
`;

const tableOf = (entries: readonly DeviceEntry[]): string =>
  formatRows(
    {
      columns: ['id', 'user', 'label', 'state', 'created (UTC)', 'expires (UTC)', 'device'],
      rows: entries.map(({ id, userId, label, state, createdAt, expiresAt, deviceId }) => [
        ...[id, userId, label, state, createdAt.slice(0, 16).replace('T', ' ')],
        expiresAt?.slice(0, 16).replace('T', ' ') ?? 'never',
        deviceId ?? 'no data yet',
      ]),
    },
    'table',
  );

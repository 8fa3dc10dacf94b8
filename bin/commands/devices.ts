import { Command, Option } from 'commander';
import { addDevice, type DeviceEntry, listDevices, revokeDevices } from '../../aws/devices.ts';
import { explainAws } from '../../aws/failure.ts';
import { type OpenDevices, openDevices } from '../../aws/open-devices.ts';
import { formatRows } from '../../local/format-rows.ts';
import { UsageError } from '../cli-error.ts';
import { wholeNumber } from '../options.ts';

interface Place {
  readonly stack: string;
  readonly region?: string;
}
interface AddOptions extends Place {
  readonly user: string;
  readonly label: string;
  readonly days?: number;
  readonly json: boolean;
}
interface ListOptions extends Place {
  readonly user?: string;
  readonly json: boolean;
}
interface RevokeOptions extends Place {
  readonly user?: string;
}

export const devicesCommand = (): Command =>
  new Command('devices')
    .description('tokens by which computers send to a deployment: give out, list, revoke')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addHelpText(
      'after',
      `
One token is for one computer. It says whose events these are: a computer that changes hands gets a new token and an
empty data directory. A new token for the same person takes the computer over once the old one is revoked.
`,
    );

const addCommand = (): Command =>
  placed('add', 'a token for a computer; it is shown once and stored nowhere')
    .requiredOption('--user <id>', 'whose events it sends; the same as in the sign-in')
    .option('--label <text>', 'what the computer is called, for you', '')
    .addOption(
      new Option('--days <n>', 'how long it works (default: until it is revoked)').argParser(
        wholeNumber('--days', 1, 3650),
      ),
    )
    .option('--json', 'as JSON', false)
    .action(async ({ user, label, days, json, ...place }: AddOptions) => {
      if (user === '' || user.length > 128) throw new UsageError('--user must have 1 to 128 characters.');
      if (user !== user.trim()) {
        throw new UsageError(`--user ${JSON.stringify(user)} begins or ends with a space: leave it away.`);
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
  placed('list', 'tokens that were given out, and whether they still work')
    .option('--user <id>', 'only of this person')
    .option('--json', 'as JSON', false)
    .action(async ({ user, json, ...place }: ListOptions) => {
      const entries = await inDeployment(place, (devices) => listDevices(devices, { userId: user }));
      if (json) console.log(JSON.stringify(entries, undefined, 2));
      else process.stdout.write(tableOf(entries));
    });

const revokeCommand = (): Command =>
  placed('revoke', 'ends tokens: at the latest 5 minutes later nothing is taken under them')
    .argument('[id...]', 'as `devices list` shows them')
    .option('--user <id>', 'every token of this person')
    .action(async (ids: string[], { user, ...place }: RevokeOptions) => {
      if ((ids.length === 0) === (user === undefined)) {
        throw new UsageError('name the ids of devices, or a person with --user, and not both.');
      }
      const which = user === undefined ? { ids } : { userId: user };
      const { revoked, unknown } = await inDeployment(place, (devices) => revokeDevices(devices, which));
      for (const { id, userId, label } of revoked)
        console.log(`revoked ${id} (${userId}) ${label}`.trimEnd());
      if (unknown.length > 0 && user !== undefined) {
        throw new Error(
          `--user ${user}: no device was ever given out to this person; \`kinetrack devices list\` shows whose they are`,
        );
      }
      if (unknown.length > 0) {
        throw new Error(`${unknown.join(', ')}: no such device; \`kinetrack devices list\` shows their ids`);
      }
      if (revoked.length === 0) console.log('Nothing to revoke: none of these works any more.');
    });

const placed = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .requiredOption('--stack <name>', 'its name, such as Kinetrack: what the names of its stacks begin with')
    .option('--region <region>', 'where it is (default: AWS_REGION or the profile)')
    .showHelpAfterError('(add --help to see what is possible)')
    .exitOverride();

const inDeployment = <T>({ stack, region }: Place, work: (devices: OpenDevices) => Promise<T>): Promise<T> =>
  explainAws(`the deployment ${stack}`, async () =>
    work(await openDevices({ stack, region, now: () => Date.now() })),
  );

const instructions = (token: string, { id, userId }: DeviceEntry, config: string, stack: string): string => `\
Token, shown this once:

${token}

On the computer of ${userId}, in the data directory (\`kinetrack doctor\` names it):
1. put the token into a file device-token that only its owner may read;
2. write into config.json:

${config}

It ends with: kinetrack devices revoke ${id} --stack ${stack}
`;

const tableOf = (entries: readonly DeviceEntry[]): string =>
  formatRows(
    {
      columns: ['id', 'user', 'label', 'state', 'created (UTC)', 'expires (UTC)', 'device'],
      rows: entries.map(({ id, userId, label, state, createdAt, expiresAt, deviceId }) => [
        ...[id, userId, label, state, createdAt.slice(0, 16).replace('T', ' ')],
        expiresAt?.slice(0, 16).replace('T', ' ') ?? 'never',
        deviceId ?? 'has not sent yet',
      ]),
    },
    'table',
  );

/**
 * The programs of keystores, as far as they are used: what they take, answer and exit with. For the real Secret
 * Service see gnome-keyring.ts; the other two systems cannot be had here. Sources of the outputs:
 *  - security: SecurityTool/security.c (-i, split_line, exit codes), keychain_find.c; exit 44 is errSecItemNotFound,
 *    36 errSecInteractionNotAllowed
 *  - powershell: about_PowerShell_exe; Windows ends lines by CR LF, a console in UTF-8 may begin with U+FEFF
 *  - secret-tool 0.20.5 against gnome-keyring 42.1, recorded
 */
import type { Exec, ExecCommand, ExecOutcome, KeyHost } from '../../../agent/src/spool/keys/index.ts';

export type Condition =
  | 'open'
  /** Refuses without a question, as over ssh. */
  | 'locked'
  /** Waits for a person until the time limit. */
  | 'silent'
  /** Its program is not installed. */
  | 'absent';

export interface FakeKeystore {
  readonly host: KeyHost;
  /** How keys.json calls it, and how people do. */
  readonly keptIn: string;
  readonly name: RegExp;
  /** What is said of a key that it has no more. DPAPI keeps none, and cannot tell whose a blob is. */
  readonly ofLost: string;
  readonly exec: Exec;
  /** Every command that ran. */
  readonly commands: ExecCommand[];
  condition: Condition;
  /** Item by its name; DPAPI has one for each blob. */
  readonly items: Map<string, string>;
}

type Answer = (command: ExecCommand, store: FakeKeystore) => ExecOutcome;

const exited = (code: number, stdout = '', stderr = ''): ExecOutcome => ({
  kind: 'exited',
  code,
  stdout,
  stderr,
});

function fakeKeystore(
  about: Pick<FakeKeystore, 'host' | 'keptIn' | 'name' | 'ofLost'>,
  answer: Answer,
): FakeKeystore {
  const store: FakeKeystore = {
    ...about,
    commands: [],
    items: new Map(),
    condition: 'open',
    exec: async (command) => {
      store.commands.push(command);
      if (store.condition === 'silent') return { kind: 'killed' };
      if (store.condition === 'absent') return { kind: 'missing' };
      return answer(command, store);
    },
  };
  return store;
}

export const fakeSecretService = (): FakeKeystore =>
  fakeKeystore(
    {
      host: { platform: 'linux', env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' } },
      keptIn: 'secret-service',
      name: /^the login keyring$/,
      ofLost: 'no longer has',
    },
    ({ args, stdin }, { items, condition }) => {
      const name = args.slice(-4).join(' ');
      if (args[0] === 'store') {
        if (condition === 'locked')
          return exited(1, '', 'secret-tool: Cannot create an item in a locked collection\n');
        items.set(name, stdin);
        return exited(0);
      }
      const secret = items.get(name);
      if (secret === undefined) return exited(1);
      const head = '[/org/freedesktop/secrets/collection/login/1]\n';
      const tail = `created = 2026-11-20 09:00:00\nmodified = 2026-11-20 09:00:00\nschema = org.freedesktop.Secret.Generic\n`;
      return condition === 'locked'
        ? exited(0, `${head}label = \n${tail}`, 'secret-tool: Cannot get secret of a locked object\n')
        : exited(0, `${head}label = L\nsecret = ${secret}\n${tail}`, 'attribute.application = kinetrack\n');
    },
  );

export const fakeKeychain = (): FakeKeystore =>
  fakeKeystore(
    {
      host: { platform: 'darwin', env: {} },
      keptIn: 'keychain',
      name: /^the login keychain$/,
      ofLost: 'no longer has',
    },
    ({ args, stdin }, { items, condition }) => {
      const interactive = args[0] === '-i';
      // split_line: a quoted string is one word; a command ends with its line.
      const words = interactive
        ? [
            ...stdin
              .split('\n', 1)
              .join('')
              .matchAll(/"([^"]*)"|(\S+)/g),
          ].map(([, quoted, bare]) => quoted ?? bare ?? '')
        : args;
      const option = (name: string) => words[words.indexOf(name) + 1] ?? '';
      const name = `${option('-s')} ${option('-a')}`;
      if (condition === 'locked')
        return exited(36, '', 'security: SecKeychainItemCopyContent: User interaction is not allowed.\n');
      if (interactive && words[0] === 'add-generic-password' && stdin.endsWith('\n')) {
        items.set(name, option('-w'));
        return exited(0);
      }
      const secret = items.get(name);
      return secret === undefined
        ? exited(
            44,
            '',
            'security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.\n',
          )
        : exited(0, `${secret}\n`);
    },
  );

export const fakeDpapi = (): FakeKeystore =>
  fakeKeystore(
    {
      host: { platform: 'win32', env: { SystemRoot: 'C:\\WINDOWS' } },
      keptIn: 'dpapi',
      name: /^the data protection of Windows/,
      ofLost: 'does not release',
    },
    ({ args, stdin }, { items, condition }) => {
      const text = stdin.trim();
      if (condition === 'locked') return exited(1);
      if (args.at(-1)?.includes('::Protect(')) {
        const blob = Buffer.from(`blob ${items.size + 1}`).toString('base64');
        items.set(blob, text);
        return exited(0, `\uFEFF${blob}\r\n`);
      }
      const secret = items.get(text);
      return secret === undefined ? exited(1) : exited(0, `\uFEFF${secret}\r\n`);
    },
  );

/**
 * The keystores of operating systems behind one interface: the Secret Service of Linux desktops, the login
 * keychain of macOS, the Data Protection API of Windows. Each is used through the system's own program.
 *
 * Invariants:
 *  1. No call rejects, and none exceeds its time limit: capture does not wait for a prompt.
 *  2. A secret is passed through stdin and stdout, never through arguments, which other users can read.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from './exec.ts';
import { keyFrom, type SpoolKey, textOf } from './spool-key.ts';

export type Loaded =
  | { readonly kind: 'found'; readonly key: SpoolKey }
  /** The store has no such key, or a different value under its name. */
  | { readonly kind: 'missing' }
  /** The store refuses the key now: it is locked, or belongs to another user. */
  | { readonly kind: 'refused' }
  /** The store does not respond: another call would also run into the time limit. */
  | { readonly kind: 'unreachable' };

export interface SecretStore {
  /** Its name in keys.json. */
  readonly kind: 'secret-service' | 'keychain' | 'dpapi';
  /** Name in messages: `the login keychain`. */
  readonly name: string;
  /** Remedy if a key of this store cannot be loaded. */
  readonly remedy: string;
  /** Quick and without a prompt: false if there is certainly no store. */
  isAvailable(): Promise<boolean>;
  /** Never rejects. `blob` is the result of save(). */
  load(id: string, blob: string): Promise<Loaded>;
  /**
   * Stores a key. Resolves with the data for keys.json (empty if the id is enough), or with null if
   * refused. Never rejects.
   */
  save(key: SpoolKey): Promise<string | null>;
}

/** The part of the machine that keystores depend on. */
export interface KeyHost {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** The keystores that this machine may have. */
export function systemStores(host: KeyHost, exec: Exec): readonly SecretStore[] {
  switch (host.platform) {
    case 'win32':
      return [dpapi(host, exec)];
    case 'darwin':
      return [keychain(exec)];
    default:
      return [secretService(host, exec)];
  }
}

/**
 * An unlocked keyring responds in 20 ms. A locked one may prompt the user, and capture does not wait for
 * that.
 */
const SECRET_SERVICE_LIMIT_MS = 5000;

/** Label shown by the keyring. */
const SECRET_SERVICE_LABEL = 'Kinetrack: key of the queue';

/**
 * The Secret Service of a Linux desktop (GNOME Keyring, KWallet, KeePassXC), through libsecret's
 * `secret-tool`.
 * https://manpages.debian.org/bookworm/libsecret-tools/secret-tool.1.en.html
 */
function secretService(host: KeyHost, exec: Exec): SecretStore {
  const secretTool = (args: readonly string[], stdin: string) =>
    exec({ program: 'secret-tool', args, stdin, limitMs: SECRET_SERVICE_LIMIT_MS });
  return {
    kind: 'secret-service',
    name: 'the login keyring',
    remedy: 'unlock it in the desktop session, with secret-tool installed, and start again',
    isAvailable: () => hasSessionBus(host.env),

    // Not `lookup`: for a locked keyring it opens a prompt, and reports a missing item once the prompt is
    // closed.
    async load(id): Promise<Loaded> {
      const outcome = await secretTool(['search', '--all', ...attributesOf(id)], '');
      if (outcome.kind !== 'exited') return { kind: 'unreachable' };
      const [key] = secretsIn(outcome.stdout).flatMap((secret) => keyFrom(id, secret) ?? []);
      if (key !== undefined) return { kind: 'found', key };
      // A missing item gives no output. A locked item is shown without its secret.
      return { kind: outcome.stdout === '' && outcome.stderr === '' ? 'missing' : 'refused' };
    },

    async save(key) {
      // All of stdin is the secret, including a line break.
      const outcome = await secretTool(
        ['store', `--label=${SECRET_SERVICE_LABEL}`, ...attributesOf(key.id)],
        textOf(key),
      );
      return outcome.kind === 'exited' && outcome.code === 0 ? '' : null;
    },
  };
}

const attributesOf = (id: string): readonly string[] => ['application', 'kinetrack', 'spool-key', id];

const secretsIn = (output: string): readonly string[] =>
  [...output.matchAll(/^secret = (\S+)$/gm)].flatMap(([, secret]) => secret ?? []);

/** Without a session bus, libsecret would start its own bus, without a keyring. */
async function hasSessionBus(env: KeyHost['env']): Promise<boolean> {
  if ((env.DBUS_SESSION_BUS_ADDRESS ?? '') !== '') return true;
  if (env.XDG_RUNTIME_DIR === undefined) return false;
  return stat(join(env.XDG_RUNTIME_DIR, 'bus')).then(
    (found) => found.isSocket(),
    () => false,
  );
}

const SECURITY = '/usr/bin/security';
/** A locked keychain opens a prompt and waits. */
const KEYCHAIN_LIMIT_MS = 5000;
const KEYCHAIN_SERVICE = 'Kinetrack';
/** errSecItemNotFound, -25300. */
const KEYCHAIN_NOT_FOUND = 44;

/**
 * The login keychain of macOS, through its `security` tool. That tool reads such items without a
 * prompt, so every program of this user can read them: the keychain protects while it is locked,
 * and if the disk is stolen. Exit codes are the last byte of an OSStatus: https://www.osstatus.com
 */
function keychain(exec: Exec): SecretStore {
  return {
    kind: 'keychain',
    name: 'the login keychain',
    remedy: 'unlock it in a session on the Mac, not over ssh, and start again',
    isAvailable: async () => true,

    async load(id): Promise<Loaded> {
      const args = ['find-generic-password', '-s', KEYCHAIN_SERVICE, '-a', accountOf(id), '-w'];
      const outcome = await exec({ program: SECURITY, args, stdin: '', limitMs: KEYCHAIN_LIMIT_MS });
      if (outcome.kind !== 'exited') return { kind: 'unreachable' };
      if (outcome.code !== 0) return { kind: outcome.code === KEYCHAIN_NOT_FOUND ? 'missing' : 'refused' };
      const key = keyFrom(id, outcome.stdout.trim());
      return key === null ? { kind: 'missing' } : { kind: 'found', key };
    },

    // `-i` reads commands from stdin, while `-w` alone prompts on the terminal of the process. The
    // quotes follow the tool's own syntax (split_line in security.c); base64 has no characters to
    // escape.
    async save(key) {
      const stdin = `add-generic-password -U -s "${KEYCHAIN_SERVICE}" -a "${accountOf(key.id)}" -w "${textOf(key)}"\n`;
      const outcome = await exec({ program: SECURITY, args: ['-i'], stdin, limitMs: KEYCHAIN_LIMIT_MS });
      return outcome.kind === 'exited' && outcome.code === 0 ? '' : null;
    },
  };
}

const accountOf = (id: string): string => `spool-key-${id}`;

/** PowerShell needs a second to start, and several when a virus scanner checks it first. */
const DPAPI_LIMIT_MS = 15_000;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Only single quotes, so that no layer needs escapes. The host passes stdin as $input and also
 * reads it through [Console]::In: reading it from there first would be a race.
 */
const scriptOf = (call: 'Protect' | 'Unprotect'): string =>
  [
    `$ErrorActionPreference = 'Stop'`,
    `$ProgressPreference = 'SilentlyContinue'`,
    [
      'try { Add-Type -AssemblyName System.Security',
      `$text = (@($input) -join '').Trim()`,
      `if ($text -eq '') { $text = [Console]::In.ReadToEnd().Trim() }`,
      `$bytes = [Convert]::FromBase64String($text)`,
      `$done = [Security.Cryptography.ProtectedData]::${call}($bytes, $null, 'CurrentUser')`,
      '[Console]::Out.Write([Convert]::ToBase64String($done))',
      'exit 0 } catch { exit 1 }',
    ].join('; '),
  ].join('; ');

/**
 * The Data Protection API of Windows, through Windows PowerShell: encrypts for this user on this
 * machine. It stores nothing: keys.json has the encrypted key.
 * https://learn.microsoft.com/dotnet/api/system.security.cryptography.protecteddata
 */
function dpapi(host: KeyHost, exec: Exec): SecretStore {
  // Full path: a program of that name elsewhere in the PATH would receive the secret.
  const program = `${host.env.SystemRoot ?? 'C:\\Windows'}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`;
  const powershell = (call: 'Protect' | 'Unprotect', stdin: string) =>
    exec({
      program,
      args: ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', scriptOf(call)],
      stdin: `${stdin}\n`,
      limitMs: DPAPI_LIMIT_MS,
    });
  return {
    kind: 'dpapi',
    name: 'the data protection of Windows for this user',
    remedy: 'sign in as the Windows user who created it, and start again',
    isAvailable: async () => true,

    async load(id, blob): Promise<Loaded> {
      const outcome = await powershell('Unprotect', blob);
      if (outcome.kind !== 'exited') return { kind: 'unreachable' };
      if (outcome.code !== 0) return { kind: 'refused' };
      const key = keyFrom(id, outcome.stdout.trim());
      return key === null ? { kind: 'missing' } : { kind: 'found', key };
    },

    // trim() also removes the byte order mark that a console set to UTF-8 may write.
    async save(key) {
      const outcome = await powershell('Protect', textOf(key));
      if (outcome.kind !== 'exited' || outcome.code !== 0) return null;
      const blob = outcome.stdout.trim();
      return BASE64.test(blob) ? blob : null;
    },
  };
}

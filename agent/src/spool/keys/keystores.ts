/**
 * The keystores of operating systems behind one interface: the Secret Service of Linux desktops, the login
 * keychain of macOS, the Data Protection API of Windows. Each is reached through the system's own program.
 *
 * Invariants:
 *  1. No call rejects, and none waits longer than its limit: capture does not wait for a prompt.
 *  2. A secret passes through stdin and stdout, never through arguments, which other users can read.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from './exec.ts';
import { keyFrom, type SpoolKey, textOf } from './spool-key.ts';

export type Loaded =
  | { readonly kind: 'found'; readonly key: SpoolKey }
  /** The store has no such key, or something else under its name. */
  | { readonly kind: 'missing' }
  /** The store answers, and does not give it now: it is locked, or another user's. */
  | { readonly kind: 'refused' }
  /** The store does not answer: the next question would wait as long. */
  | { readonly kind: 'unreachable' };

export interface SecretStore {
  /** How keys.json calls it. */
  readonly kind: 'secret-service' | 'keychain' | 'dpapi';
  /** For people: `the login keychain`. */
  readonly name: string;
  /** What a person does when a key cannot be had from here. */
  readonly remedy: string;
  /** Quick and without a prompt: false where there is certainly none. */
  isAvailable(): Promise<boolean>;
  /** Never rejects. `blob` is what save() answered. */
  load(id: string, blob: string): Promise<Loaded>;
  /**
   * Keeps a key. Resolves with what keys.json has to hold for it (empty where the id is enough), or with null where
   * it was refused. Never rejects.
   */
  save(key: SpoolKey): Promise<string | null>;
}

/** The machine as far as keystores go. */
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

/** A keyring that is open answers in 20 ms. One that is locked may ask a person, and capture does not wait for that. */
const SECRET_SERVICE_LIMIT_MS = 5000;

/** What the keyring's own window shows. */
const SECRET_SERVICE_LABEL = 'Kinetrack: key of the queue';

/**
 * The Secret Service of a Linux desktop (GNOME Keyring, KWallet, KeePassXC), by libsecret's `secret-tool`.
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

    // Not `lookup`: for a locked keyring it opens a window, and answers as if the item were missing once that closes.
    async load(id): Promise<Loaded> {
      const outcome = await secretTool(['search', '--all', ...attributesOf(id)], '');
      if (outcome.kind !== 'exited') return { kind: 'unreachable' };
      const [key] = secretsIn(outcome.stdout).flatMap((secret) => keyFrom(id, secret) ?? []);
      if (key !== undefined) return { kind: 'found', key };
      // Silence is the answer for an item that is not there. A locked one is shown without its secret.
      return { kind: outcome.stdout === '' && outcome.stderr === '' ? 'missing' : 'refused' };
    },

    async save(key) {
      // Everything on stdin belongs to the secret, a line break too.
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

/** Without one, libsecret would start a bus of its own, with no keyring on it. */
async function hasSessionBus(env: KeyHost['env']): Promise<boolean> {
  if ((env.DBUS_SESSION_BUS_ADDRESS ?? '') !== '') return true;
  if (env.XDG_RUNTIME_DIR === undefined) return false;
  return stat(join(env.XDG_RUNTIME_DIR, 'bus')).then(
    (found) => found.isSocket(),
    () => false,
  );
}

const SECURITY = '/usr/bin/security';
/** One that is locked opens a window and waits. */
const KEYCHAIN_LIMIT_MS = 5000;
const KEYCHAIN_SERVICE = 'Kinetrack';
/** errSecItemNotFound, -25300. */
const KEYCHAIN_NOT_FOUND = 44;

/**
 * The login keychain of macOS, by its `security` tool. Such items may be read by that tool without a question, so by
 * every program of this user: a keychain that is locked or a disk that is stolen is what it protects against.
 * Exit codes are the last byte of an OSStatus: https://www.osstatus.com
 */
function keychain(exec: Exec): SecretStore {
  return {
    kind: 'keychain',
    name: 'the login keychain',
    remedy: 'unlock it in a session on the Mac itself, not over ssh, and start again',
    isAvailable: async () => true,

    async load(id): Promise<Loaded> {
      const args = ['find-generic-password', '-s', KEYCHAIN_SERVICE, '-a', accountOf(id), '-w'];
      const outcome = await exec({ program: SECURITY, args, stdin: '', limitMs: KEYCHAIN_LIMIT_MS });
      if (outcome.kind !== 'exited') return { kind: 'unreachable' };
      if (outcome.code !== 0) return { kind: outcome.code === KEYCHAIN_NOT_FOUND ? 'missing' : 'refused' };
      const key = keyFrom(id, outcome.stdout.trim());
      return key === null ? { kind: 'missing' } : { kind: 'found', key };
    },

    // `-i` takes commands from stdin, whereas a bare `-w` asks the terminal that the process may still have. Quotes
    // are the tool's own (split_line in security.c); base64 holds none of what they would have to escape.
    async save(key) {
      const stdin = `add-generic-password -U -s "${KEYCHAIN_SERVICE}" -a "${accountOf(key.id)}" -w "${textOf(key)}"\n`;
      const outcome = await exec({ program: SECURITY, args: ['-i'], stdin, limitMs: KEYCHAIN_LIMIT_MS });
      return outcome.kind === 'exited' && outcome.code === 0 ? '' : null;
    },
  };
}

const accountOf = (id: string): string => `spool-key-${id}`;

/** PowerShell takes a second to start, and several while a virus scanner reads it for the first time. */
const DPAPI_LIMIT_MS = 15_000;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Single quotes alone, so that no layer between has anything to escape. The host hands stdin on as $input and reads
 * it beside [Console]::In: taking it from there first would be a race.
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
 * The Data Protection API of Windows, by Windows PowerShell: encrypts for this user on this machine. It stores
 * nothing: keys.json holds its answer.
 * https://learn.microsoft.com/dotnet/api/system.security.cryptography.protecteddata
 */
function dpapi(host: KeyHost, exec: Exec): SecretStore {
  // By its full path: a program of that name elsewhere in the PATH would be handed the secret.
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
    remedy: 'sign in as the Windows user who made it, and start again',
    isAvailable: async () => true,

    async load(id, blob): Promise<Loaded> {
      const outcome = await powershell('Unprotect', blob);
      if (outcome.kind !== 'exited') return { kind: 'unreachable' };
      if (outcome.code !== 0) return { kind: 'refused' };
      const key = keyFrom(id, outcome.stdout.trim());
      return key === null ? { kind: 'missing' } : { kind: 'found', key };
    },

    // trim() takes the byte order mark too that a console set to UTF-8 may write first.
    async save(key) {
      const outcome = await powershell('Protect', textOf(key));
      if (outcome.kind !== 'exited' || outcome.code !== 0) return null;
      const blob = outcome.stdout.trim();
      return BASE64.test(blob) ? blob : null;
    },
  };
}

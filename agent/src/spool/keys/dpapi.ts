/**
 * The Data Protection API of Windows, by Windows PowerShell: encrypts for this user on this machine. It keeps
 * nothing: what it answers stands in keys.json.
 * https://learn.microsoft.com/dotnet/api/system.security.cryptography.protecteddata
 */
import type { Exec } from './exec.ts';
import { keyFrom, textOf } from './new-key.ts';
import type { KeyHost, Loaded, SecretStore } from './secret-store.ts';

/** PowerShell takes a second to start, and several while a virus scanner reads it for the first time. */
const LIMIT_MS = 15_000;
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

export function dpapi(host: KeyHost, exec: Exec): SecretStore {
  // By its full path: a program of that name elsewhere in the PATH would be handed the secret.
  const program = `${host.env.SystemRoot ?? 'C:\\Windows'}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`;
  const powershell = (call: 'Protect' | 'Unprotect', stdin: string) =>
    exec({
      program,
      args: ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', scriptOf(call)],
      stdin: `${stdin}\n`,
      limitMs: LIMIT_MS,
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

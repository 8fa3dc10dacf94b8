/**
 * The login keychain of macOS, by its `security` tool. Such items may be read by that tool without a question, so by
 * every program of this user: a keychain that is locked or a disk that is stolen is what it protects against.
 * Exit codes are the last byte of an OSStatus: https://www.osstatus.com
 */
import type { Exec } from './exec.ts';
import { keyFrom, textOf } from './new-key.ts';
import type { Loaded, SecretStore } from './secret-store.ts';

const PROGRAM = '/usr/bin/security';
/** One that is locked opens a window and waits. */
const LIMIT_MS = 5000;
const SERVICE = 'Kinetrack';
/** errSecItemNotFound, -25300. */
const NOT_FOUND = 44;

export function keychain(exec: Exec): SecretStore {
  return {
    kind: 'keychain',
    name: 'the login keychain',
    remedy: 'unlock it in a session on the Mac itself, not over ssh, and start again',
    isAvailable: async () => true,

    async load(id): Promise<Loaded> {
      const args = ['find-generic-password', '-s', SERVICE, '-a', accountOf(id), '-w'];
      const outcome = await exec({ program: PROGRAM, args, stdin: '', limitMs: LIMIT_MS });
      if (outcome.kind !== 'exited') return { kind: 'unreachable' };
      if (outcome.code !== 0) return { kind: outcome.code === NOT_FOUND ? 'missing' : 'refused' };
      const key = keyFrom(id, outcome.stdout.trim());
      return key === null ? { kind: 'missing' } : { kind: 'found', key };
    },

    // `-i` takes commands from stdin, whereas a bare `-w` asks the terminal that the process may still have. Quotes
    // are the tool's own (split_line in security.c); base64 holds none of what they would have to escape.
    async save(key) {
      const stdin = `add-generic-password -U -s "${SERVICE}" -a "${accountOf(key.id)}" -w "${textOf(key)}"\n`;
      const outcome = await exec({ program: PROGRAM, args: ['-i'], stdin, limitMs: LIMIT_MS });
      return outcome.kind === 'exited' && outcome.code === 0 ? '' : null;
    },
  };
}

const accountOf = (id: string): string => `spool-key-${id}`;

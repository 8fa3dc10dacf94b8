/**
 * The Secret Service of a Linux desktop (GNOME Keyring, KWallet, KeePassXC), by libsecret's `secret-tool`.
 * https://manpages.debian.org/bookworm/libsecret-tools/secret-tool.1.en.html
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from './exec.ts';
import { keyFrom, textOf } from './new-key.ts';
import type { KeyHost, Loaded, SecretStore } from './secret-store.ts';

/** A keyring that is open answers in 20 ms. One that is locked may ask a person, and capture does not wait for that. */
const LIMIT_MS = 5000;

/** What the keyring's own window shows. */
const LABEL = 'Kinetrack: key of the queue';

export function secretService(host: KeyHost, exec: Exec): SecretStore {
  const secretTool = (args: readonly string[], stdin: string) =>
    exec({ program: 'secret-tool', args, stdin, limitMs: LIMIT_MS });
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
      const outcome = await secretTool(['store', `--label=${LABEL}`, ...attributesOf(key.id)], textOf(key));
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

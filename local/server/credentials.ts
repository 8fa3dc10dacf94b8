/**
 * Credentials of the dashboard:
 * - Each start creates a launch token, for the printed address and the file `launch-token`. It is valid until
 *   the process ends.
 * - The cookie is derived from a key in the data directory, so that browsers stay signed in after a restart.
 *   Deleting `dashboard-key` signs all browsers out.
 * Cookies ignore ports, so the cookie name is specific to the installation: two installations on one computer
 * do not overwrite each other's cookie. Secrets come from the system, never from an injected runtime.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@kinetrack/schema';

export interface Credentials {
  readonly launchToken: string;
  readonly cookieName: string;
  readonly cookieValue: string;
  isLaunchToken(candidate: string): boolean;
  isCookieValue(candidate: string): boolean;
  /** Deletes the file of the launch token. */
  remove(): Promise<void>;
}

const KEY_FILE = 'dashboard-key';
const TOKEN_FILE = 'launch-token';
const SECRET_BYTES = 32;
const OWNER_ONLY = 0o600;

export async function openCredentials(dataDir: string): Promise<Credentials> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const key = await readOrCreateKey(join(dataDir, KEY_FILE));
  const derive = (purpose: string) => createHmac('sha256', key).update(purpose).digest('base64url');
  const launchToken = randomBytes(SECRET_BYTES).toString('base64url');
  const tokenPath = join(dataDir, TOKEN_FILE);
  await replaceSecret(tokenPath, launchToken);
  const cookieValue = derive('cookie value');
  return {
    launchToken,
    cookieName: `kinetrack_${createHmac('sha256', key).update('cookie name').digest('hex').slice(0, 12)}`,
    cookieValue,
    isLaunchToken: (candidate) => sameSecret(candidate, launchToken),
    isCookieValue: (candidate) => sameSecret(candidate, cookieValue),
    async remove() {
      // A later process may have replaced the token.
      const current = await readFile(tokenPath, 'utf8').catch(() => undefined);
      if (current === launchToken) await rm(tokenPath, { force: true });
    },
  };
}

async function readOrCreateKey(path: string): Promise<Buffer> {
  const stored = await readKey(path);
  if (stored !== undefined) return stored;
  await createSecret(path, randomBytes(SECRET_BYTES).toString('base64url'));
  const created = await readKey(path);
  if (created !== undefined) return created;
  throw new Error(`${path}: contains no key of ${SECRET_BYTES} bytes. Delete the file and start again.`);
}

/** Undefined if there is no file. Throws for a truncated key, which would make the cookie guessable. */
async function readKey(path: string): Promise<Buffer | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const key = Buffer.from(text, 'base64url');
  if (key.length !== SECRET_BYTES) {
    throw new Error(
      `${path}: contains ${key.length} bytes, but a key has ${SECRET_BYTES}. Delete the file to create a new key (browsers must then sign in again).`,
    );
  }
  await chmod(path, OWNER_ONLY);
  return key;
}

/** Creates the file atomically. Keeps the file if another process was faster. */
async function createSecret(path: string, secret: string): Promise<void> {
  const draft = await writeDraft(path, secret);
  try {
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replaceSecret(path: string, secret: string): Promise<void> {
  await rename(await writeDraft(path, secret), path);
}

async function writeDraft(path: string, secret: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(secret);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

/** In constant time. Digests have equal lengths. */
function sameSecret(candidate: string, secret: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(candidate), digest(secret));
}

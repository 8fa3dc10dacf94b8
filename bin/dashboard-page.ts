/** The dashboard: where its files are, and how a browser opens it. */
import { fileURLToPath } from 'node:url';
import open from 'open';

/** Folder of the built dashboard, relative to the built command line `dist/kinetrack.js`. */
export const assetsDir = fileURLToPath(new URL('./dashboard/', import.meta.url));

/** Opens the page if there is a desktop. Otherwise users open the printed address. */
export async function openInBrowser(url: string): Promise<void> {
  if (!hasDesktop()) return;
  try {
    const browser = await open(url);
    browser.on('error', () => {});
  } catch {
    // No browser or no URL handler: the address is on the screen.
  }
}

function hasDesktop(): boolean {
  if (!process.stdout.isTTY || process.env.CI || process.env.SSH_CONNECTION) return false;
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

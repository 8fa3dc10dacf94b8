import open from 'open';

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

import open from 'open';

/** Opens the page where there is a desktop; elsewhere, or when that fails, the printed address has to do. */
export async function openInBrowser(url: string): Promise<void> {
  if (!hasDesktop()) return;
  try {
    const browser = await open(url);
    browser.on('error', () => {});
  } catch {
    // No browser, or no handler for addresses: nothing is lost, the address stands on the screen.
  }
}

function hasDesktop(): boolean {
  if (!process.stdout.isTTY || process.env.CI || process.env.SSH_CONNECTION) return false;
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Browsers by the names that Windows, macOS and Linux report for them. */

const NAMES: readonly string[] = [
  'google chrome',
  'google chrome beta',
  'google chrome dev',
  'google chrome canary',
  'chrome',
  'chromium',
  'chromium browser',
  'mozilla firefox',
  'mozilla firefox private browsing',
  'firefox',
  'firefox esr',
  'firefox developer edition',
  'firefox nightly',
  'org mozilla firefox',
  'navigator',
  'safari',
  'safari technology preview',
  'microsoft edge',
  'microsoft edge beta',
  'microsoft edge dev',
  'msedge',
  'brave',
  'brave browser',
  'opera',
  'opera gx',
  'vivaldi',
  'arc',
  'zen',
  'zen browser',
  'tor browser',
  'librewolf',
  'waterfox',
  'floorp',
  'epiphany',
  'gnome web',
  'org gnome epiphany',
  'falkon',
  'konqueror',
  'qutebrowser',
  'midori',
  'duckduckgo',
  'yandex browser',
  'yandex',
  'samsung internet',
  'internet explorer',
  'iexplore',
];
const BROWSERS = new Set(NAMES);
/** Names that pages carry as well: only as an application are they a browser. */
const ALSO_SITES = new Set([
  'duckduckgo',
  'yandex',
  'arc',
  'zen',
  'navigator',
  'opera',
  'brave',
  'chrome',
  'safari',
]);

const plain = (name: string): string =>
  name
    .slice(0, 256)
    .toLowerCase()
    .replace(/\.(?:exe|app)$/u, '')
    .replace(/[-_.\s]+/gu, ' ')
    .trim();

/** Whether an application is a browser: `Google Chrome`, `google-chrome-stable`, `chrome.exe`. */
export const isBrowser = (app: string): boolean => {
  const name = plain(app);
  return BROWSERS.has(name) || BROWSERS.has(name.replace(/ (?:stable|bin)$/u, ''));
};

/** Whether a part of a title is the name that a browser puts there. */
export const isBrowserName = (part: string): boolean => {
  const name = plain(part);
  return BROWSERS.has(name) && !ALSO_SITES.has(name);
};

/**
 * The website or service of a browser window, from its title: a known name, or a host name.
 * Null for anything else: a guess would count time for words of a document.
 */

const MAX_INPUT = 2048;
const FORMAT_CHARACTERS = /\p{Cf}/gu;
const SEPARATOR = /\s[-–—|·•/»]\s|\s?::\s/u;
/** Unread counters of pages: `(3) `, `[12] `, `• `. */
const COUNTERS = /^[^\p{L}\p{N}]*[([]\d+\+?[)\]]\s*|\s*[([]\d+\+?[)\]]$/gu;

/** Edge adds the number of other tabs. */
const MORE_PAGES = /\sand \d+ more pages?$/u;

const URL_OR_HOST =
  /^(?:https?:\/\/)?(?:www\.)?((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}|localhost|127(?:\.\d{1,3}){3})(?::\d{1,5})?(?:[/?#]\S*)?$/iu;
/** Endings that are more often file types than domains. */
const FILE_ENDING =
  /\.(?:[cm]?[jt]sx?|json|html?|css|md|txt|pdf|csv|xml|ya?ml|toml|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|webp|mp[34]|mov|zip|gz|py|rb|rs|go|java|kt|cs|cpp|hpp?|sh|sql|log|php|aspx?|parquet)$/iu;

/** Null for other applications, and if the title names no site. */
export function siteFromTitle(app: string, title: string): string | null {
  if (!isBrowser(app)) return null;
  const parts = pageParts(title);
  for (const part of parts.toReversed()) {
    const site = knownSite(part) ?? hostName(part);
    if (site !== null) return site;
  }
  return conventionOf(parts, title);
}

/** The parts of the page title, without the browser's name and additions. */
function pageParts(title: string): readonly string[] {
  const parts = title
    .slice(0, MAX_INPUT)
    .replace(FORMAT_CHARACTERS, '')
    .replaceAll('\u00A0', ' ')
    .split(SEPARATOR)
    .map((part) => part.replace(COUNTERS, '').replace(MORE_PAGES, '').trim())
    .filter((part) => part !== '');
  const browser = parts.findLastIndex(isBrowserName);
  return browser === -1 ? parts : parts.slice(0, browser);
}

function hostName(part: string): string | null {
  const host = URL_OR_HOST.exec(part)?.[1]?.toLowerCase();
  if (host === undefined || FILE_ENDING.test(host)) return null;
  return host.startsWith('127.') ? 'localhost' : host;
}

/** Services whose names are too short for the list. */
function conventionOf(parts: readonly string[], title: string): string | null {
  // "Meet – abc-defg-hij", "Meet: weekly"
  if (parts.length > 1 && parts[0] === 'Meet') return 'Google Meet';
  // "Home / X", "Jane on X: "..." / X"
  if (parts.at(-1) === 'X' && / \/ X(?:\s|$)/u.test(title)) return 'X';
  return null;
}

/** Names of browsers on Windows, macOS and Linux. */
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
/** Names that page titles also contain: they count only as application names. */
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
const isBrowser = (app: string): boolean => {
  const name = plain(app);
  return BROWSERS.has(name) || BROWSERS.has(name.replace(/ (?:stable|bin)$/u, ''));
};

/** Whether a part of a title is the browser's name. */
const isBrowserName = (part: string): boolean => {
  const name = plain(part);
  return BROWSERS.has(name) && !ALSO_SITES.has(name);
};

/**
 * Services with their name in the titles of their pages. Only a whole part of a title counts, so a
 * page about Gmail is not Gmail. Further names are aliases.
 */
const SERVICES: readonly (readonly [name: string, ...otherNames: string[]])[] = [
  ['GitHub'],
  ['GitLab'],
  ['Bitbucket'],
  ['Stack Overflow'],
  ['Hacker News'],
  ['MDN Web Docs', 'MDN'],
  ['npm'],
  ['Jira'],
  ['Confluence'],
  ['Linear'],
  ['Trello'],
  ['Asana'],
  ['Notion'],
  ['Miro'],
  ['Figma'],
  ['Canva'],
  ['Airtable'],
  ['Salesforce'],
  ['HubSpot'],
  ['Zendesk'],
  ['Slack'],
  ['Discord'],
  ['Gmail'],
  ['Outlook', 'Outlook Web App'],
  ['Proton Mail'],
  ['Google Docs'],
  ['Google Sheets'],
  ['Google Slides'],
  ['Google Drive'],
  ['Google Forms'],
  ['Google Calendar'],
  ['Google Meet'],
  ['Google Maps'],
  ['Google Photos'],
  ['Google Translate'],
  ['Google Search', 'Google Suche', 'Recherche Google'],
  ['Google'],
  ['Google Cloud Console', 'Google Cloud console'],
  ['AWS Management Console'],
  ['Microsoft Teams'],
  ['SharePoint'],
  ['OneDrive'],
  ['Dropbox'],
  ['Zoom'],
  ['Webex'],
  ['WhatsApp', 'WhatsApp Web'],
  ['Telegram', 'Telegram Web'],
  ['Messenger'],
  ['ChatGPT'],
  ['Claude'],
  ['Gemini', 'Google Gemini'],
  ['Perplexity'],
  ['Wikipedia'],
  ['DuckDuckGo', 'at DuckDuckGo'],
  ['Bing', 'Search'],
  ['YouTube', 'YouTube Music'],
  ['Netflix'],
  ['Prime Video'],
  ['Disney+'],
  ['Twitch'],
  ['TikTok'],
  ['Spotify', 'Spotify – Web Player'],
  ['SoundCloud'],
  ['Facebook'],
  ['Instagram'],
  ['LinkedIn'],
  ['Reddit'],
  ['Pinterest'],
  ['9GAG'],
  ['Quora'],
  ['Medium'],
  ['Amazon'],
  ['eBay'],
];

const BY_NAME = new Map(
  SERVICES.flatMap(([name, ...others]) => [name, ...others].map((alias) => [alias.toLowerCase(), name])),
);

const knownSite = (part: string): string | null => BY_NAME.get(part.toLowerCase()) ?? null;

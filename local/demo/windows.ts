/** The windows that the fleet works in. Every name is invented; titles are as the privacy filter leaves them. */
import type { Hands } from './hands.ts';

export interface DemoWindow {
  readonly app: string;
  readonly site: string | null;
  readonly titles: readonly string[];
  /** How keyboard and mouse are used in it. */
  readonly hands: Hands;
  /** Whether the eyes are off the work: adds to distraction_s of a sample. */
  readonly distracting?: true;
}

const inBrowser = (site: string, hands: Hands, ...titles: string[]): DemoWindow => ({
  app: 'Google Chrome',
  site,
  titles,
  hands,
});
const distraction = (site: string, hands: Hands, ...titles: string[]): DemoWindow => ({
  ...inBrowser(site, hands, ...titles),
  distracting: true,
});
const inApp = (app: string, hands: Hands, ...titles: string[]): DemoWindow => ({
  app,
  site: null,
  titles,
  hands,
});

export const WINDOWS = {
  editor: inApp(
    'Visual Studio Code',
    'coding',
    'checkout - storefront',
    'invoice - storefront',
    'search - atlas',
  ),
  terminal: inApp('Terminal', 'coding', 'storefront', 'atlas', 'logs'),
  pullRequests: inBrowser('GitHub', 'reading', 'Pull requests - GitHub', 'Compare changes - GitHub'),
  issues: inBrowser('Jira', 'reading', 'Storefront board - Jira', 'Backlog - Jira'),
  manual: inBrowser('Stack Overflow', 'reading', 'Newest questions - Stack Overflow'),
  wiki: inBrowser('Confluence', 'writing', 'Release notes - Confluence', 'Onboarding - Confluence'),
  mail: inApp('Microsoft Outlook', 'writing', 'Inbox - Outlook', 'Reply - Outlook'),
  calendar: inApp('Microsoft Outlook', 'reading', 'Calendar - Outlook'),
  chat: inApp('Slack', 'writing', 'general - Slack', 'team - Slack', 'releases - Slack'),
  crm: inBrowser('Salesforce', 'forms', 'Opportunities - Salesforce', 'Accounts - Salesforce'),
  network: inBrowser('LinkedIn', 'scrolling', 'Search - LinkedIn'),
  tickets: inBrowser('Zendesk', 'writing', 'Open tickets - Zendesk', 'Answer - Zendesk'),
  knowledgeBase: inBrowser('Zendesk', 'reading', 'Help center - Zendesk'),
  design: inApp('Figma', 'drawing', 'Checkout screens - Figma', 'Design system - Figma'),
  images: inApp('Adobe Photoshop', 'drawing', 'Campaign - Photoshop'),
  moodBoard: inBrowser('Miro', 'scrolling', 'Mood board - Miro'),
  spreadsheet: inApp('Microsoft Excel', 'forms', 'Forecast - Excel', 'Month end - Excel', 'Budget - Excel'),
  ledger: inApp(
    'SAP Business One',
    'forms',
    'Journal entry - SAP Business One',
    'Accounts - SAP Business One',
  ),
  document: inApp('Microsoft Word', 'writing', 'Proposal - Word', 'Minutes - Word'),
  slides: inApp('Microsoft PowerPoint', 'forms', 'Quarter review - PowerPoint', 'Pitch - PowerPoint'),
  research: inBrowser('Google Search', 'reading', 'Google Search'),
  zoom: inApp('Zoom', 'listening', 'Zoom Meeting'),
  teams: inApp('Microsoft Teams', 'listening', 'Meeting - Microsoft Teams'),
  meet: inBrowser('Google Meet', 'listening', 'Meet - Google Meet'),
  dialer: inApp('Zoom', 'listening', 'Zoom Phone'),
  video: distraction('YouTube', 'watching', 'YouTube'),
  forum: distraction('Reddit', 'scrolling', 'Reddit - the heart of the internet'),
  pictures: distraction('Instagram', 'scrolling', 'Instagram'),
  articles: inBrowser('Medium', 'scrolling', 'Stories - Medium'),
} as const satisfies Record<string, DemoWindow>;
export type WindowName = keyof typeof WINDOWS;

/** Windows of the simulated people. All titles are invented. The agent detects sites from them. */
import type { InputStyle } from './input-model.ts';

export interface DemoWindow {
  readonly app: string;
  readonly titles: readonly string[];
  readonly input: InputStyle;
}

const inApp = (app: string, input: InputStyle, ...titles: string[]): DemoWindow => ({ app, titles, input });
const inBrowser = (input: InputStyle, ...titles: string[]): DemoWindow =>
  inApp('Google Chrome', input, ...titles);

export const WINDOWS = {
  editor: inApp(
    'Visual Studio Code',
    'coding',
    'checkout - storefront',
    'invoice - storefront',
    'search - atlas',
  ),
  terminal: inApp('Terminal', 'coding', 'storefront', 'atlas', 'logs'),
  pullRequests: inBrowser('reading', 'Pull requests - GitHub', 'Compare changes - GitHub'),
  issues: inBrowser('reading', 'Storefront board - Jira', 'Backlog - Jira'),
  manual: inBrowser('reading', 'Newest questions - Stack Overflow'),
  wiki: inBrowser('writing', 'Release notes - Confluence', 'Onboarding - Confluence'),
  mail: inApp('Microsoft Outlook', 'writing', 'Inbox - Outlook', 'Reply - Outlook'),
  calendar: inApp('Microsoft Outlook', 'reading', 'Calendar - Outlook'),
  chat: inApp('Slack', 'writing', 'general - Slack', 'team - Slack', 'releases - Slack'),
  crm: inBrowser('forms', 'Opportunities - Salesforce', 'Accounts - Salesforce'),
  network: inBrowser('scrolling', 'Search - LinkedIn'),
  tickets: inBrowser('writing', 'Open tickets - Zendesk', 'Answer - Zendesk'),
  knowledgeBase: inBrowser('reading', 'Help center - Zendesk'),
  design: inApp('Figma', 'drawing', 'Checkout screens - Figma', 'Design system - Figma'),
  images: inApp('Adobe Photoshop', 'drawing', 'Campaign - Photoshop'),
  moodBoard: inBrowser('scrolling', 'Mood board - Miro'),
  spreadsheet: inApp('Microsoft Excel', 'forms', 'Forecast - Excel', 'Month end - Excel', 'Budget - Excel'),
  ledger: inApp(
    'SAP Business One',
    'forms',
    'Journal entry - SAP Business One',
    'Accounts - SAP Business One',
  ),
  document: inApp('Microsoft Word', 'writing', 'Proposal - Word', 'Minutes - Word'),
  slides: inApp('Microsoft PowerPoint', 'forms', 'Quarter review - PowerPoint', 'Pitch - PowerPoint'),
  research: inBrowser('reading', 'Google Search'),
  zoom: inApp('Zoom', 'listening', 'Zoom Meeting'),
  teams: inApp('Microsoft Teams', 'listening', 'Meeting - Microsoft Teams'),
  meet: inBrowser('listening', 'Meet - Google Meet'),
  dialer: inApp('Zoom', 'listening', 'Zoom Phone'),
  video: inBrowser('watching', 'YouTube'),
  forum: inBrowser('scrolling', 'Reddit - the heart of the internet'),
  pictures: inBrowser('scrolling', 'Instagram'),
  articles: inBrowser('scrolling', 'Stories - Medium'),
} as const satisfies Record<string, DemoWindow>;
export type WindowName = keyof typeof WINDOWS;

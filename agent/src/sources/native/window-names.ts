/** Names of applications, and rules for windows of the system that are no application. */
import type { SeenWindow } from './window-probe.ts';

const NAMES: Readonly<Record<string, string>> = {
  firefox: 'Firefox',
  'firefox-esr': 'Firefox',
  firefox_firefox: 'Firefox',
  'google-chrome': 'Google Chrome',
  'google-chrome-beta': 'Google Chrome',
  chromium: 'Chromium',
  'chromium-browser': 'Chromium',
  'microsoft-edge': 'Microsoft Edge',
  'brave-browser': 'Brave Browser',
  'vivaldi-stable': 'Vivaldi',
  code: 'Visual Studio Code',
  'code-oss': 'Visual Studio Code',
  vscodium: 'VSCodium',
  'jetbrains-idea': 'IntelliJ IDEA',
  'jetbrains-idea-ce': 'IntelliJ IDEA',
  'jetbrains-pycharm': 'PyCharm',
  'jetbrains-webstorm': 'WebStorm',
  sublime_text: 'Sublime Text',
  'gnome-terminal': 'GNOME Terminal',
  'gnome-terminal-server': 'GNOME Terminal',
  'xfce4-terminal': 'Xfce Terminal',
  'org.gnome.nautilus': 'Files',
  'libreoffice-writer': 'LibreOffice Writer',
  'libreoffice-calc': 'LibreOffice Calc',
  'libreoffice-impress': 'LibreOffice Impress',
  telegramdesktop: 'Telegram',
  thunderbird: 'Thunderbird',
  'thunderbird-esr': 'Thunderbird',
  zoom: 'Zoom',
  slack: 'Slack',
  discord: 'Discord',
  spotify: 'Spotify',
  vlc: 'VLC',
  gimp: 'GIMP',
};

/** For names like `org.gnome.Calculator`: the last part is the name. */
const REVERSED_DOMAIN = /^(?:org|com|net|io|dev|app)\.(?:[\w-]+\.)+([\w-]+)$/i;

/** The usual name of an application, from its window class or program file. Unknown names are kept. */
export function appName(name: string): string {
  const known = NAMES[name.toLowerCase()];
  if (known !== undefined) return known;
  const program = name.replace(/\.exe$/i, '');
  return program === name ? (REVERSED_DOMAIN.exec(name)?.[1] ?? name) : program;
}

/**
 * Windows of the system that are not used as an application. `passing`: shown briefly, the previous
 * window stays in use. `away`: no application is visible.
 */
type SystemWindow = 'passing' | 'away';

interface SystemWindowRule {
  /** The whole application name in lower case. */
  readonly app?: string;
  /** The whole title in lower case. */
  readonly title?: string;
  readonly kind: SystemWindow;
  readonly why: string;
}

const apps = (kind: SystemWindow, why: string, ...names: string[]): SystemWindowRule[] =>
  names.map((app) => ({ app, kind, why }));

const RULES: readonly SystemWindowRule[] = [
  // Windows
  ...apps('passing', 'start menu, search, notifications', 'windows shell experience host', 'searchhost.exe'),
  ...apps('passing', 'start menu, search, notifications', 'searchapp.exe', 'startmenuexperiencehost.exe'),
  ...apps('passing', 'start menu, search, notifications', 'shellexperiencehost.exe', 'shellhost.exe'),
  ...apps('passing', 'frame around store apps before the app itself shows', 'application frame host'),
  ...apps('passing', 'touch keyboard, emoji panel, input methods', 'textinputhost.exe', 'ctf loader'),
  ...apps('passing', 'consent prompt of an administrator task', 'consent ui for administrative applications'),
  { title: 'task switching', kind: 'passing', why: 'Alt+Tab on Windows' },
  { title: 'task view', kind: 'passing', why: 'Win+Tab on Windows' },
  { app: 'windows explorer', title: '', kind: 'passing', why: 'taskbar and its menus' },
  { app: 'windows explorer', title: 'program manager', kind: 'away', why: 'the empty desktop of Windows' },
  ...apps('away', 'lock screen of Windows', 'lockapp.exe', 'logonui.exe', 'windows default lock screen'),
  // macOS
  ...apps(
    'passing',
    'menus and panels of the system',
    'dock',
    'spotlight',
    'control center',
    'control centre',
  ),
  ...apps('passing', 'menus and panels of the system', 'notification center', 'notification centre'),
  ...apps('passing', 'permission and password prompts', 'usernotificationcenter', 'securityagent'),
  ...apps('passing', 'helper without windows of its own', 'universalaccessauthwarn', 'systemuiserver'),
  ...apps('away', 'lock screen and screen saver of macOS', 'loginwindow', 'screensaverengine'),
  // Linux
  ...apps(
    'passing',
    'launchers and menus',
    'dmenu',
    'rofi',
    'krunner',
    'ulauncher',
    'albert',
    'xfce4-appfinder',
  ),
  ...apps('passing', 'notifications', 'xfce4-notifyd', 'dunst', 'notify-osd', 'mate-notification-daemon'),
  ...apps('passing', 'input method candidates', 'ibus-ui-gtk3', 'fcitx', 'fcitx5'),
  ...apps(
    'passing',
    'frames, portals and prompts of the desktop',
    'mutter-x11-frames',
    'xdg-desktop-portal-gtk',
  ),
  ...apps('passing', 'panels of the desktop', 'xfce4-panel', 'mate-panel', 'lxpanel', 'tint2', 'polybar'),
  ...apps('passing', 'panels of the desktop', 'plasmashell', 'gnome-shell', 'cinnamon', 'budgie-panel'),
  ...apps(
    'away',
    'the empty desktop',
    'desktop_window',
    'xfdesktop',
    'pcmanfm-desktop',
    'nemo-desktop',
    'caja-desktop',
  ),
  ...apps(
    'away',
    'lock screens',
    'i3lock',
    'xscreensaver',
    'light-locker',
    'xsecurelock',
    'kscreenlocker_greet',
  ),
  ...apps('away', 'lock screens', 'gnome-screensaver', 'mate-screensaver', 'cinnamon-screensaver', 'slock'),
];

/** Null for the window of an application. */
export function systemWindowKind(window: SeenWindow): SystemWindow | null {
  const app = window.app.trim().toLowerCase();
  // Dropdowns and drag images of some toolkits have no name.
  if (app === '') return 'passing';
  const title = window.title.trim().toLowerCase();
  const rule = RULES.find(
    (each) =>
      (each.app === undefined || each.app === app) && (each.title === undefined || each.title === title),
  );
  return rule?.kind ?? null;
}

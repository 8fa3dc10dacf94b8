/** Names as people say them, for systems that name an application by its window class or program file. */

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

/** `org.gnome.Calculator` and the like: the last part is the name. */
const REVERSED_DOMAIN = /^(?:org|com|net|io|dev|app)\.(?:[\w-]+\.)+([\w-]+)$/i;

/** Names that are not in the table stay as they are. */
export function appName(name: string): string {
  const known = NAMES[name.toLowerCase()];
  if (known !== undefined) return known;
  const program = name.replace(/\.exe$/i, '');
  return program === name ? (REVERSED_DOMAIN.exec(name)?.[1] ?? name) : program;
}

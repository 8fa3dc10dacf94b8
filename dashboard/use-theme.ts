/** Light or dark theme: the user's choice, stored in this browser, or the system's setting. */
import { useCallback, useEffect, useState } from 'preact/hooks';

export type Theme = 'light' | 'dark';

const KEY = 'kinetrack-theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');

const systemTheme = (): Theme => (systemDark.matches ? 'dark' : 'light');

function chosenTheme(): Theme | undefined {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : undefined;
}

export function useTheme(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => chosenTheme() ?? systemTheme());
  document.documentElement.dataset.theme = theme;
  useEffect(() => {
    const follow = () => setTheme(chosenTheme() ?? systemTheme());
    systemDark.addEventListener('change', follow);
    return () => systemDark.removeEventListener('change', follow);
  }, []);
  const toggle = useCallback(() => {
    const next = (chosenTheme() ?? systemTheme()) === 'dark' ? 'light' : 'dark';
    // A choice equal to the system's setting is removed, so that the page follows the system again.
    if (next === systemTheme()) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
    setTheme(next);
  }, []);
  return [theme, toggle];
}

/** The default rule set. */
import type { RuleSet } from './rules.ts';

const apps = (...names: string[]) => names.map((app) => ({ app }));
const sites = (...names: string[]) => names.map((site) => ({ site }));

export const DEFAULT_RULES: RuleSet = {
  version: 'default-1',
  bucket_s: 60,
  interaction: { min_interactions: 10, min_keys: 5, min_clicks: 3 },
  presence: { min_distance_px: 50, min_moving_s: 15, max_idle_s: 30, max_distraction_ratio: 0.3 },
  meeting: [
    ...apps('zoom*', 'microsoft teams*', 'teams', 'webex*', 'facetime', 'skype*', 'gotomeeting*'),
    ...sites('google meet', 'meet.google.com', 'zoom', 'zoom.us', 'microsoft teams', 'teams.microsoft.com'),
  ],
  non_productive: [
    ...apps('steam*', 'spotify*', 'vlc*', 'netflix*', 'discord*', 'epicgameslauncher*'),
    ...sites(
      'youtube*',
      'facebook*',
      'instagram*',
      'tiktok*',
      'netflix*',
      'reddit*',
      'twitch*',
      'x',
      'twitter*',
    ),
    ...sites('disney+', 'prime video', '9gag', 'pinterest*'),
  ],
};

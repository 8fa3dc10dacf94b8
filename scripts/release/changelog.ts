/** CHANGELOG.md: a section per version, newest first; unreleased changes are under `## Unreleased`. */

const UNRELEASED = /^## \[?Unreleased\]?[ \t]*$/im;

/** The unreleased changes; undefined if the section is missing or has no list item. */
export function unreleasedNotes(changelog: string): string | undefined {
  const heading = UNRELEASED.exec(changelog);
  if (heading === null) return undefined;
  const rest = changelog.slice(heading.index + heading[0].length);
  const notes = rest.slice(0, /^## /m.exec(rest)?.index).trim();
  return /^[-*] \S/m.test(notes) ? notes : undefined;
}

/** Moves the unreleased changes to a section for the version; the Unreleased section stays, empty. */
export const releaseNotes = (changelog: string, version: string, date: string): string =>
  changelog.replace(UNRELEASED, (heading) => `${heading.trimEnd()}\n\n## ${version} - ${date}`);

/** CHANGELOG.md: one section a version, newest first; what is not released stands under `## Unreleased`. */

const UNRELEASED = /^## \[?Unreleased\]?[ \t]*$/im;

/** What the next release contains, or undefined where the section is missing or lists nothing. */
export function unreleasedNotes(changelog: string): string | undefined {
  const heading = UNRELEASED.exec(changelog);
  if (heading === null) return undefined;
  const rest = changelog.slice(heading.index + heading[0].length);
  const notes = rest.slice(0, /^## /m.exec(rest)?.index).trim();
  return /^[-*] \S/m.test(notes) ? notes : undefined;
}

/** The same with the notes under the version, and an empty section for the next one. */
export const releaseNotes = (changelog: string, version: string, date: string): string =>
  changelog.replace(UNRELEASED, (heading) => `${heading.trimEnd()}\n\n## ${version} - ${date}`);

/** Changes to the default rules: single thresholds, and entries added to or removed from lists. */
import * as z from 'zod';
import { DEFAULT_RULES } from './default-rules.ts';
import { MAX_LIST_ENTRIES, type Matcher, matcherList, type RuleSet, ruleSet } from './rules.ts';

const listChange = z
  .union([
    matcherList,
    z
      .strictObject({
        add: matcherList.meta({ description: 'Entries in addition to the default ones.' }),
        remove: matcherList.meta({ description: 'Default entries that do not apply.' }),
        replace: matcherList.meta({ description: 'Entries instead of the default ones.' }),
      })
      .partial()
      .refine(
        ({ add, remove, replace }) => replace === undefined || (add === undefined && remove === undefined),
        'must hold either "replace", or "add" and "remove"',
      ),
  ])
  .meta({ description: 'Changes to the default list. A plain list replaces it.' });
type ListChange = z.infer<typeof listChange>;

const LISTS = ['meeting', 'non_productive'] as const;
const { version, bucket_s, interaction, presence } = ruleSet.shape;

export const ruleChanges = z
  .strictObject({
    version,
    bucket_s,
    interaction: interaction.partial(),
    presence: presence.partial(),
    meeting: listChange,
    non_productive: listChange,
  })
  .partial()
  .check((context) => {
    for (const { path, message, input } of changedRules(context.value).problems) {
      context.issues.push({ code: 'custom', path: [...path], message, input });
    }
  });
export type RuleChanges = z.infer<typeof ruleChanges>;

/** Rules without the version. */
export type RuleContent = Omit<RuleSet, 'version'>;

export interface RuleProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly input: unknown;
}

/** The effective rules, and problems of the changes. */
export function changedRules(changes: RuleChanges): {
  readonly content: RuleContent;
  readonly problems: readonly RuleProblem[];
} {
  const problems: RuleProblem[] = [];
  const listOf = (name: (typeof LISTS)[number]): Matcher[] => {
    const list = changedList(DEFAULT_RULES[name], changes[name]);
    problems.push(...list.problems.map(({ path, ...problem }) => ({ ...problem, path: [name, ...path] })));
    return [...list.entries];
  };
  const content = {
    bucket_s: DEFAULT_RULES.bucket_s,
    interaction: { ...DEFAULT_RULES.interaction, ...given(changes.interaction) },
    presence: { ...DEFAULT_RULES.presence, ...given(changes.presence) },
    meeting: listOf('meeting'),
    non_productive: listOf('non_productive'),
  };
  if (changes.version === DEFAULT_RULES.version && !isDefault(content)) {
    problems.push({
      path: ['version'],
      message: 'must differ from the version of the default rules, because these rules differ from them',
      input: changes.version,
    });
  }
  if (DERIVED_VERSION.test(changes.version ?? '')) {
    problems.push({
      path: ['version'],
      message: 'must not look like a version derived from the content; choose another name, or leave it out',
      input: changes.version,
    });
  }
  return { content, problems };
}

const DERIVED_VERSION = /^custom-[0-9a-f]{8}$/;

export const isDefault = (content: RuleContent): boolean =>
  canonicalRules(content) === canonicalRules(DEFAULT_RULES);

/**
 * The same string for rules with the same verdicts: order and case of list entries are irrelevant. For
 * versions derived from the content.
 */
export function canonicalRules({ bucket_s, interaction, presence, ...lists }: RuleContent): string {
  const { min_interactions, min_keys, min_clicks } = interaction;
  const { min_distance_px, min_moving_s, max_idle_s, max_distraction_ratio } = presence;
  return JSON.stringify([
    bucket_s,
    [min_interactions, min_keys, min_clicks],
    [min_distance_px, min_moving_s, max_idle_s, max_distraction_ratio],
    ...LISTS.map((name) => [...new Set(lists[name].map(identityOf))].sort()),
  ]);
}

function changedList(
  defaults: readonly Matcher[],
  change: ListChange | undefined,
): { readonly entries: readonly Matcher[]; readonly problems: readonly RuleProblem[] } {
  if (change === undefined) return { entries: defaults, problems: [] };
  if (Array.isArray(change)) return { entries: change, problems: [] };
  const { add = [], remove = [], replace } = change;
  if (replace !== undefined) return { entries: replace, problems: [] };
  const known = new Set(defaults.map(identityOf));
  const removed = new Set(remove.map(identityOf));
  const kept = defaults.filter((entry) => !removed.has(identityOf(entry)));
  const present = new Set(kept.map(identityOf));
  const entries = [...kept, ...add.filter((entry) => !present.has(identityOf(entry)))];
  const problems: RuleProblem[] = remove.flatMap((entry, index) =>
    known.has(identityOf(entry))
      ? []
      : [
          {
            path: ['remove', index],
            message: `must name an entry of the default list; ${JSON.stringify(entry)} is not on it`,
            input: entry,
          },
        ],
  );
  if (entries.length > MAX_LIST_ENTRIES) {
    problems.push({
      path: ['add'],
      message: `must leave a list of at most ${MAX_LIST_ENTRIES} entries; with the default ones there are ${entries.length}`,
      input: add,
    });
  }
  return { entries, problems };
}

/** Equal for entries that match the same windows. */
const identityOf = ({ app, site, title }: Matcher): string =>
  JSON.stringify([app, site, title].map((pattern) => pattern?.toLowerCase() ?? null));

/** Without undefined fields, which would override defaults. */
function given<T extends object>(value: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const fields = Object.entries(value ?? {}).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

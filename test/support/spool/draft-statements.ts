/** Reports of an agent about its open minutes, and the drafts that must survive when it is killed. */
import type { Draft } from '../../../agent/src/index.ts';

/** A step is reported before it begins and after it is done. */
export type DraftStatement =
  | { readonly kind: 'started'; readonly atMs: number }
  /** The draft is on the disk. `typed` counts the keys of its minute. */
  | { readonly kind: 'wrote'; readonly draft: Draft; readonly typed: number }
  | { readonly kind: 'clearing' | 'cleared' }
  | { readonly kind: 'accepted'; readonly session: string; readonly ts: string }
  /** Time may have passed unobserved: keys of that moment belong to no second. */
  | { readonly kind: 'gap' };

/** A minute takes one second; a draft is written twelve times as often. */
export const ACCELERATION = 60;
export const DRAFT_TITLE = 'Quokka negotiations';

/** Complete statements of the output: a kill may cut off the last one. */
export const draftStatementsIn = (output: string): readonly DraftStatement[] =>
  output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

export interface RecoverableDraft
  extends Pick<Extract<DraftStatement, { kind: 'wrote' }>, 'draft' | 'typed'> {
  /** No clear was under way at the kill: the next start must recover the draft. */
  readonly isSure: boolean;
  /** No time can have passed unobserved: the draft has every key. */
  readonly isComplete: boolean;
}

/** Drafts of killed agents, from the statements of each agent in turn. */
export class RecoverableDrafts {
  readonly #drafts: RecoverableDraft[] = [];
  /** The last draft is in the queue again. */
  #isSettled: boolean = false;
  readonly accepted: { readonly session: string; readonly ts: string }[] = [];

  add(statements: readonly DraftStatement[]): void {
    let last: Extract<DraftStatement, { kind: 'wrote' }> | null = null;
    let hasGap: boolean = false;
    let startedMs = 0;
    /** Starts of minutes whose draft may be deleted while their sample may not be in the queue yet. */
    const going = new Set<string>();
    for (const statement of statements) {
      switch (statement.kind) {
        case 'wrote':
          last = statement;
          break;
        case 'clearing':
          // Without a draft of this agent, the clear may concern that of an earlier one.
          if (last === null) this.#settle(false);
          else going.add(startOf(last.draft));
          break;
        case 'accepted':
          this.accepted.push(statement);
          going.delete(statement.ts);
          if (last !== null && startOf(last.draft) === statement.ts) last = null;
          if (this.#drafts.at(-1)?.draft.session_id === statement.session) this.#settle(true);
          break;
        case 'started':
          startedMs = statement.atMs;
          break;
        case 'gap':
          hasGap = true;
          break;
        default:
      }
    }
    if (last === null) return;
    const { draft, typed } = last;
    this.#drafts.push({
      ...{ draft, typed },
      isSure: !going.has(startOf(draft)),
      // A sample that starts within a minute follows a gap, unless the agent started there.
      isComplete: !hasGap && (draft.atMs % 60_000 === 0 || draft.atMs <= startedMs),
    });
    this.#isSettled = false;
  }

  /** Oldest first. */
  get drafts(): readonly RecoverableDraft[] {
    return this.#drafts;
  }

  /** The last draft is being moved, or has been moved, into the queue. */
  #settle(isAccepted: boolean): void {
    const last = this.#drafts.pop();
    if (last === undefined) return;
    this.#isSettled ||= isAccepted;
    this.#drafts.push({ ...last, isSure: this.#isSettled });
  }
}

const startOf = ({ atMs }: Draft): string => new Date(atMs).toISOString();

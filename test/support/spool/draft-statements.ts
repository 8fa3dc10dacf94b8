/** What an agent that may be killed at any moment says about its minutes, and what its listener can rely on. */
import type { Draft } from '../../../agent/src/index.ts';

/** What is begun is said before, what is done after it. */
export type DraftStatement =
  | { readonly say: 'started'; readonly atMs: number }
  /** On the disk, with what was typed in that minute up to then. */
  | { readonly say: 'wrote'; readonly draft: Draft; readonly typed: number }
  | { readonly say: 'clearing' | 'cleared' }
  | { readonly say: 'accepted'; readonly session: string; readonly ts: string }
  /** Time may have gone on unseen, and what was typed right then belongs to no second. */
  | { readonly say: 'gap' };

/** A minute is over in a second, a draft is written twelve times as often. */
export const ACCELERATION = 60;
export const DRAFT_TITLE = 'Quokka negotiations';

/** The whole statements in what came through the pipe. */
export const draftStatementsIn = (output: string): readonly DraftStatement[] =>
  output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

export interface Left extends Pick<Extract<DraftStatement, { say: 'wrote' }>, 'draft' | 'typed'> {
  /** Whether nothing stood between the draft and the kill: the next start must have it. */
  readonly isSure: boolean;
  /** Whether no time can have gone on unseen: then it holds every key. */
  readonly isComplete: boolean;
}

/** What killed agents left behind, one list of statements for each in their order. */
export class LeftBehind {
  readonly #left: Left[] = [];
  /** Whether the last of them is in the queue again. */
  #isSettled: boolean = false;
  readonly accepted: { readonly session: string; readonly ts: string }[] = [];

  listen(statements: readonly DraftStatement[]): void {
    let last: Extract<DraftStatement, { say: 'wrote' }> | null = null;
    let hasGap: boolean = false;
    let startedMs = 0;
    /** Starts of minutes whose draft may be gone, and whose sample may not be in the queue yet. */
    const going = new Set<string>();
    for (const statement of statements) {
      switch (statement.say) {
        case 'wrote':
          last = statement;
          break;
        case 'clearing':
          // Without a draft of its own it may be for that of an earlier agent.
          if (last === null) this.#settle(false);
          else going.add(startOf(last.draft));
          break;
        case 'accepted':
          this.accepted.push(statement);
          going.delete(statement.ts);
          if (last !== null && startOf(last.draft) === statement.ts) last = null;
          if (this.#left.at(-1)?.draft.session_id === statement.session) this.#settle(true);
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
    this.#left.push({
      ...{ draft, typed },
      isSure: !going.has(startOf(draft)),
      // A sample that begins in the middle of a minute follows a gap, unless the agent began there.
      isComplete: !hasGap && (draft.atMs % 60_000 === 0 || draft.atMs <= startedMs),
    });
    this.#isSettled = false;
  }

  /** Oldest first. */
  get left(): readonly Left[] {
    return this.#left;
  }

  /** Its draft goes, or has gone, into the queue. */
  #settle(isAccepted: boolean): void {
    const last = this.#left.pop();
    if (last === undefined) return;
    this.#isSettled ||= isAccepted;
    this.#left.push({ ...last, isSure: this.#isSettled });
  }
}

const startOf = ({ atMs }: Draft): string => new Date(atMs).toISOString();

/**
 * Acceptance check of a deployment: sends events of a user who does not exist, waits for them at each
 * stage, compares the rows with the same rollup run here, and deletes the user.
 */
import type { ObjectStore, QueryEngine, SummaryStore } from '../../pipeline/lake/ports.ts';
import { findError, findEvents, type SearchedObjects } from './lake-search.ts';
import { expectedMinutes, makeProbe, type Probe } from './probe.ts';

export interface AcceptanceDependencies {
  /** Sends lines of one device. Rejects if one is not accepted. */
  send(lines: readonly string[]): Promise<void>;
  readonly store: ObjectStore;
  readonly query: QueryEngine;
  /** Undefined if the deployment has none. */
  readonly summaries: SummaryStore | undefined;
  /** Deletes the person. Resolves to a sentence about the result. */
  deletePerson(userId: string): Promise<string>;
  /** ms since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
  newId(): string;
}

export interface AcceptanceOptions {
  /**
   * Maximum time of a stage. Firehose buffers for 5 minutes, and AWS allows half of that in addition.
   */
  readonly timeoutMs: number;
  /** Interval between checks. */
  readonly pollMs: number;
  /** Called at the end of each stage. */
  readonly onStep: (step: StepResult) => void;
}

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly tookMs: number;
  /** What was found, or what is missing and where to look. */
  readonly detail: string;
}

/** `done` with what was found, or `missing`. */
type StageResult = { readonly done: string } | { readonly missing: string };

/** Resolves to whether all stages passed. The person is deleted in any case. */
export async function runAcceptance(
  deps: AcceptanceDependencies,
  options: AcceptanceOptions,
): Promise<boolean> {
  const probe = makeProbe(deps.now(), deps.newId);
  const sentMs = deps.now();
  const step = stepper(deps, options);
  // Caches searched objects: an hour of a fleet is large, and is searched every ten seconds.
  const searched: SearchedObjects = new Map();
  let ok = await step('send', async () => {
    await deps.send([...probe.events.map((event) => JSON.stringify(event)), probe.malformed]);
    return { done: `${probe.events.length} events and a malformed one, of ${probe.userId}` };
  });
  if (ok) {
    // In sequence: each stage depends on the previous one.
    ok = (await step('raw events', () => checkRawEvents(deps, probe, searched))) && ok;
    ok = (await step('errors', () => checkError(deps, probe, sentMs))) && ok;
    ok = (await step('rollup, by SQL', () => checkRows(deps, probe))) && ok;
    if (deps.summaries !== undefined) ok = (await step('summaries', () => checkSummary(deps, probe))) && ok;
  }
  const removed = await step('clean up', async () => ({ done: await deps.deletePerson(probe.userId) }));
  const gone = removed && (await step('nothing left', () => checkRemoval(deps, probe)));
  return ok && gone;
}

/** Repeats a check until it succeeds or times out. AWS errors count as not done yet. */
const stepper =
  (deps: AcceptanceDependencies, { timeoutMs, pollMs, onStep }: AcceptanceOptions) =>
  async (name: string, check: () => Promise<StageResult>): Promise<boolean> => {
    const beganMs = deps.now();
    for (;;) {
      const result = await check().catch((error: unknown): StageResult => ({ missing: String(error) }));
      const tookMs = deps.now() - beganMs;
      const ok = 'done' in result;
      if (ok || tookMs >= timeoutMs || name === 'send') {
        onStep({ name, ok, tookMs, detail: ok ? result.done : result.missing });
        return ok;
      }
      await deps.sleep(pollMs);
    }
  };

async function checkRawEvents(
  { store }: AcceptanceDependencies,
  { deviceId, events }: Probe,
  searched: SearchedObjects,
): Promise<StageResult> {
  const found = await findEvents(store, deviceId, events, searched);
  const ids = [...new Set(events.map(({ event_id }) => event_id))];
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0) {
    return {
      missing: `${missing.length} of ${ids.length} events are not in raw/ yet; check DeliveryToS3.Success and the Firehose log group`,
    };
  }
  const keys = new Set([...found.values()].flat());
  return {
    done: `${ids.length} events in ${keys.size} objects, each in the partition of its type, day and hour`,
  };
}

async function checkError(
  { store }: AcceptanceDependencies,
  { deviceId }: Probe,
  sentMs: number,
): Promise<StageResult> {
  const error = await findError(store, sentMs, deviceId);
  if (error === undefined) return { missing: 'the malformed event is not in errors/ yet' };
  return { done: `${error.key}: ${error.reason}` };
}

async function checkRows({ query }: AcceptanceDependencies, { userId, events }: Probe): Promise<StageResult> {
  const wanted = (await expectedMinutes(userId, events)).map(
    ({ minute, app, state, rule, seconds, keys }) =>
      `${minute.slice(11, 16)} ${app} ${state} ${rule} ${seconds} s ${keys} keys`,
  );
  const { rows } = await query.query(rowsSql(userId, events));
  const found = rows.map(
    ([minute, app, state, rule, seconds, keys]) =>
      `${minute} ${app} ${state} ${rule} ${seconds} s ${keys} keys`,
  );
  if (found.join('\n') === wanted.join('\n')) return { done: `${found.length} rows, as expected` };
  if (found.length === 0) {
    return {
      missing: 'Athena has no rows of the test user yet; check the log and the dead letters of the rollup',
    };
  }
  return { missing: `Athena returned\n${found.join('\n')}\ninstead of\n${wanted.join('\n')}` };
}

/** Selects partitions explicitly: partition projection reads no others. */
function rowsSql(userId: string, events: Probe['events']): string {
  const days = [...new Set(events.map(({ ts }) => `'${ts.slice(0, 10)}'`))].join(', ');
  return `SELECT substr(CAST(minute AS varchar), 12, 5) AS minute, app, state, rule, seconds, keys
FROM minutes
WHERE dt IN (${days}) AND user_id = '${userId}'
ORDER BY minutes.minute, app`;
}

async function checkSummary(
  { summaries }: AcceptanceDependencies,
  { userId, events }: Probe,
): Promise<StageResult> {
  const wanted = (await expectedMinutes(userId, events)).reduce((sum, { seconds }) => sum + seconds, 0);
  const dates = events.map(({ ts }) => ts.slice(0, 10)).sort();
  const rows = (await summaries?.hours(userId, dates[0] ?? '', dates.at(-1) ?? '')) ?? [];
  const found = rows.reduce((sum, { seconds }) => sum + seconds, 0);
  if (found === wanted) return { done: `${found} observed seconds in ${rows.length} rows` };
  return { missing: `the summaries have ${found} of ${wanted} observed seconds` };
}

async function checkRemoval(deps: AcceptanceDependencies, probe: Probe): Promise<StageResult> {
  const raw = await findEvents(deps.store, probe.deviceId, probe.events);
  const { rows } = await deps.query.query(rowsSql(probe.userId, probe.events));
  const summary = await deps.summaries?.span(probe.userId);
  if (raw.size === 0 && rows.length === 0 && summary === undefined) {
    return { done: 'no event, row or summary of the test user' };
  }
  return {
    missing: `${raw.size} events, ${rows.length} rows and ${summary === undefined ? 0 : 1} summary are left`,
  };
}

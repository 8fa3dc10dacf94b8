/** What the capture process says, taken off the channel itself, before anything of ours has looked at it. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { KEY_CLASSES } from '@kinetrack/schema';
import { inputEntry } from '../../../agent/src/sources/native/input-entry.ts';
import { inputMessageSchema } from '../../../agent/src/sources/native/input-schema.ts';
import { openXSession, type XSession } from '../../support/agent/x-session.ts';

let session: XSession;
beforeAll(async () => {
  session = await openXSession();
});
afterAll(async () => {
  await session.close();
});

/** Types the text; gives everything that left the capture process: each message, and what it printed. */
async function overhear(text: string): Promise<{ messages: unknown[]; printed: string }> {
  const { path, execArgv } = inputEntry();
  const child = fork(path, ['{"detail":"events","mouseMoveIntervalMs":500}'], {
    env: session.env,
    execArgv: [...execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
  }
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  await once(child, 'message');
  await session.xdotool('type', '--delay', '4', text);
  // Not as a line break in the text: xdotool types that as a key which is on no keyboard.
  await session.xdotool('key', 'Return');
  child.send('close');
  await once(child, 'close');
  return { messages, printed };
}

/** Every text in a value, keys and values. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value === 'object' && value !== null)
    return [...Object.keys(value), ...Object.values(value).flatMap(textsOf)];
  return [];
}

/** The message without its times, and counts added up: where an interval ends is a matter of time alone. */
function contentOf(messages: readonly unknown[]) {
  const batches = messages
    .map((message) => inputMessageSchema.parse(message))
    .flatMap((message) => (message.kind === 'batch' ? [message] : []));
  return {
    keys: batches.flatMap(({ counts }) => counts).reduce((total, { keys }) => total + keys, 0),
    moments: batches.flatMap(({ moments }) => moments.map(({ body }) => body)),
  };
}

test('a sentence that is typed is nowhere in what leaves the capture process', async () => {
  const { messages, printed } = await overhear('my secret is Zanzibar 1979!');
  assert.equal(contentOf(messages).moments.filter(({ activity_type }) => activity_type === 'word').length, 5);

  const vocabulary = new Set<string>([
    ...[
      'kind',
      'ready',
      'batch',
      'counts',
      'moments',
      'agoMs',
      'keys',
      'clicks',
      'scrolls',
      'distancePx',
      'body',
    ],
    ...['activity_type', 'key_press', 'key_class', 'word', 'length', 'corrections'],
    ...KEY_CLASSES,
  ]);
  assert.deepEqual(
    messages.flatMap(textsOf).filter((text) => !vocabulary.has(text)),
    [],
  );
  for (const word of ['secret', 'zanzibar', '1979']) assert.ok(!printed.toLowerCase().includes(word));
});

test('two sentences of the same shape leave the capture process as the same messages', async () => {
  const one = await overhear('Quick brown 12 fox, ');
  const other = await overhear('Slate mouse 98 pig. ');
  assert.deepEqual(contentOf(other.messages), contentOf(one.messages));
});

import assert from 'node:assert/strict';
import { activeWindowSource } from '../../../agent/src/sources/active-window-source.ts';
import type {
  FrontWindow,
  WindowChanges,
  WindowProbe,
} from '../../../agent/src/sources/native/window-probe.ts';
import type { WindowSignal } from '../../../agent/src/sources/signals.ts';
import { settle, TestRuntime } from '../../support/time/test-runtime.ts';

const seen = (app: string, title = ''): FrontWindow => ({ status: 'window', window: { app, title } });
const none: FrontWindow = { status: 'none' };
const failed: FrontWindow = { status: 'failed', reason: 'It is gone.' };

/** A display that a test arranges; `canWatch` makes it report changes by itself. */
class ScriptedProbe implements WindowProbe {
  readonly limitation: string | null = null;
  now: FrontWindow = none;
  looks = 0;
  lookingAtOnce = 0;
  mostLookingAtOnce = 0;
  changes: WindowChanges | null = null;
  watch?: NonNullable<WindowProbe['watch']>;

  constructor({ canWatch = false } = {}) {
    if (!canWatch) return;
    this.watch = (changes) => {
      this.changes = changes;
      return { isWatching: true, close: () => {} };
    };
  }

  async problem(): Promise<string | null> {
    return null;
  }

  async read(): Promise<FrontWindow> {
    this.looks += 1;
    this.lookingAtOnce += 1;
    this.mostLookingAtOnce = Math.max(this.mostLookingAtOnce, this.lookingAtOnce);
    const look = this.now;
    await settle();
    this.lookingAtOnce -= 1;
    return look;
  }
}

async function bench(probe: ScriptedProbe) {
  const runtime = new TestRuntime();
  const signals: WindowSignal[] = [];
  const source = activeWindowSource({ runtime, probe });
  const capability = await source.start((signal) => signals.push(signal));
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      runtime.pass(250);
      await settle();
      await settle();
    }
  };
  const apps = () => signals.map(({ window }) => window && `${window.app}|${window.title}`);
  return { runtime, source, signals, capability, pass, apps };
}

test('says a window once, and again only when application or title change', async () => {
  const probe = new ScriptedProbe();
  probe.now = seen('XTerm', 'one');
  const { pass, apps, source } = await bench(probe);
  await pass(5000);
  probe.now = seen('XTerm', 'two');
  await pass(2000);
  probe.now = seen('firefox-esr', 'two');
  await pass(2000);
  await source.close();
  assert.deepEqual(apps(), ['XTerm|one', 'XTerm|two', 'Firefox|two']);
});

test('reports an empty desktop as null from its start, but not the instant between two windows', async () => {
  const probe = new ScriptedProbe({ canWatch: true });
  probe.now = seen('A');
  const { runtime, pass, apps, signals, source } = await bench(probe);
  probe.now = none;
  probe.changes?.front();
  await settle();
  probe.now = seen('B');
  probe.changes?.front();
  await pass(2000);
  assert.deepEqual(apps(), ['A|', 'B|']);
  const beganMs = runtime.monotonic();
  probe.now = none;
  probe.changes?.front();
  await pass(2000);
  await source.close();
  assert.deepEqual(apps(), ['A|', 'B|', null]);
  assert.equal(signals.at(-1)?.atMs, beganMs);
});

test('a ghost that passes by changes nothing; behind a lock screen no window is in use', async () => {
  const probe = new ScriptedProbe();
  probe.now = seen('XTerm');
  const { pass, apps, source } = await bench(probe);
  probe.now = seen('rofi');
  await pass(3000);
  probe.now = seen('i3lock');
  await pass(3000);
  probe.now = seen('XTerm');
  await pass(3000);
  await source.close();
  assert.deepEqual(apps(), ['XTerm|', null, 'XTerm|']);
});

test('when windows can no longer be seen, null is said instead of the last one, and why', async () => {
  const probe = new ScriptedProbe();
  probe.now = seen('XTerm');
  const { pass, apps, source } = await bench(probe);
  assert.deepEqual(source.capability(), { status: 'available' });
  probe.now = failed;
  await pass(2000);
  assert.deepEqual(apps(), ['XTerm|', null]);
  assert.deepEqual(source.capability(), {
    status: 'unavailable',
    reason: 'It is gone.',
  });
  probe.now = seen('XTerm');
  await pass(20_000);
  assert.deepEqual(source.capability(), { status: 'available' });
  assert.deepEqual(apps(), ['XTerm|', null, 'XTerm|']);
  await source.close();
});

test('polls at once after a window change, soon after a title change, and rarely otherwise', async () => {
  const probe = new ScriptedProbe({ canWatch: true });
  probe.now = seen('XTerm', 'one');
  const { pass, apps, source } = await bench(probe);
  await pass(60_000);
  assert.ok(probe.looks <= 6, `${probe.looks} looks in a quiet minute`);
  probe.now = seen('XTerm', 'two');
  for (let change = 0; change < 100; change += 1) probe.changes?.title();
  const looksBefore = probe.looks;
  await pass(1000);
  assert.equal(probe.looks, looksBefore + 1);
  probe.now = seen('Gimp');
  probe.changes?.front();
  await settle();
  await settle();
  assert.deepEqual(apps(), ['XTerm|one', 'XTerm|two', 'GIMP|']);
  await source.close();
});

test('looks never overlap, and a change during a look is looked at afterwards', async () => {
  const probe = new ScriptedProbe({ canWatch: true });
  probe.now = seen('A');
  const { apps, source, pass } = await bench(probe);
  probe.changes?.front();
  probe.now = seen('B');
  probe.changes?.front();
  probe.changes?.front();
  await pass(1000);
  await source.close();
  assert.equal(probe.mostLookingAtOnce, 1);
  assert.equal(apps().at(-1), 'B|');
});

test('after close nothing is said and no timer is left', async () => {
  const probe = new ScriptedProbe();
  const { runtime, source, signals, pass } = await bench(probe);
  await source.close();
  await source.close();
  const before = signals.length;
  probe.now = seen('A');
  await pass(5000);
  assert.equal(signals.length, before);
  assert.equal(runtime.timers, 0);
});

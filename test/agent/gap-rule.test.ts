/** Samples, presence and events agree on where observation has a gap. */
import assert from 'node:assert/strict';
import { ObservedClock } from '../../agent/src/enrich/observed-clock.ts';
import { presence } from '../../agent/src/sources/presence.ts';
import { trackerSession } from '../support/agent/tracker-session.ts';
import { TestRuntime } from '../support/time/test-runtime.ts';

const CASES: readonly [what: string, isGap: boolean, happen: (runtime: TestRuntime) => void][] = [
  ['a stall of 5 s', false, (runtime) => runtime.stall(5000)],
  ['a stall of 7 s', true, (runtime) => runtime.stall(7000)],
  ['a step of the wall clock by 1.5 s', false, (runtime) => runtime.sleep(1500)],
  ['a sleep of 3 s', true, (runtime) => runtime.sleep(3000)],
  ['a wall clock set back by 3 s', true, (runtime) => runtime.sleep(-3000)],
];

for (const [what, isGap, happen] of CASES) {
  test(`${what} is ${isGap ? 'a' : 'no'} gap for the clock and for presence`, async () => {
    const runtime = new TestRuntime();
    const clock = new ObservedClock(runtime);
    const said: string[] = [];
    const source = presence({ runtime });
    await source.start(({ body }) => said.push(`${body.phase} ${body.input}`));
    for (let second = 0; second < 10; second += 1) {
      runtime.pass(1000);
      assert.equal(clock.check(), null);
    }
    said.length = 0;

    happen(runtime);
    runtime.pass(1);

    assert.equal(clock.check() !== null, isGap);
    runtime.pass(1000);
    assert.deepEqual(said, isGap ? ['end keyboard', 'end mouse', 'end any'] : []);
  });

  test(`${what} is ${isGap ? 'a' : 'no'} gap in what a tracker records`, async () => {
    const { runtime, tracker, eventsOf } = await trackerSession();
    await tracker.start();
    await runtime.advance(20_000);

    happen(runtime);
    await runtime.advance(4000);
    await tracker.close();

    const ends = eventsOf('idle').filter(({ phase }) => phase === 'end');
    assert.equal(ends.length, isGap ? 3 : 0, 'an open idle ends before a gap');
    assert.equal(eventsOf('sample').length, isGap ? 2 : 1, 'a sample ends before a gap');
    const kinds = eventsOf('system').map(({ kind }) => kind);
    assert.equal(kinds.includes('sleep') || kinds.includes('clock'), isGap);
  });
}

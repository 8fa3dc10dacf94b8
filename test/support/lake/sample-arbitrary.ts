/** Any valid sample of the hour 2026-11-20 09:00 UTC: any text, any figures, whole minutes and parts. */
import type { Sample } from '@kinetrack/schema';
import fc from 'fast-check';
import { type BySecond, DEVICE, SECOND_DEVICE, sampleOf, type Window } from './sample-factory.ts';

const MAX_INT32 = 2 ** 31 - 1;

const label = fc.option(
  fc.oneof(
    fc.constantFrom('Code', 'Zoom', 'Éditeur', '📝 Notes', ''),
    fc.string({ unit: 'binary', maxLength: 12 }),
  ),
);
const figuresUpTo = (most: number) =>
  fc
    .array(fc.oneof(fc.constant(0), fc.nat(most)), { minLength: 60, maxLength: 60 })
    .map((list): BySecond => ({ ...list }));
const figures = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: figuresUpTo(9) },
  { weight: 4, arbitrary: figuresUpTo(2000) },
  { weight: 1, arbitrary: figuresUpTo(MAX_INT32) },
);
const windows = fc.array(
  fc.record({ app: label, site: label, title: label, lengthS: fc.integer({ min: 1, max: 30 }) }),
  { minLength: 1, maxLength: 5 },
);

export const anySample: fc.Arbitrary<Sample> = fc
  .record({
    minute: fc.integer({ min: 0, max: 59 }),
    from: fc.integer({ min: 0, max: 59 }),
    length: fc.integer({ min: 1, max: 60 }),
    seq: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
    user: fc.oneof(fc.constantFrom('ada', 'José'), fc.string({ unit: 'binary', minLength: 1, maxLength: 9 })),
    device: fc.constantFrom(DEVICE, SECOND_DEVICE),
    offsetMin: fc.integer({ min: -840, max: 840 }),
    keys: figures,
    clicks: figures,
    scrolls: figures,
    distance: figures,
    windows,
    distractionS: fc.option(fc.nat(60)),
    idleAtStartS: fc.option(fc.nat(MAX_INT32)),
  })
  .map(({ minute, from, length, windows, ...sketch }) => {
    const to = Math.min(60, from + length);
    return sampleOf({
      ...sketch,
      at: `2026-11-20T09:${String(minute).padStart(2, '0')}`,
      observed: [from, to],
      windows: within(windows, from, to),
    });
  });

/** As many of the windows as have room, the last of them until the end. */
function within(windows: readonly (Window & { lengthS: number })[], from: number, to: number): Window[] {
  const fitting: Window[] = [];
  let untilS = from;
  for (const { app = null, site = null, title = null, lengthS } of windows) {
    if (untilS >= to) break;
    untilS = Math.min(to, untilS + lengthS);
    fitting.push({ app, site, title, untilS });
  }
  return fitting.map((window, index) => (index === fitting.length - 1 ? { ...window, untilS: to } : window));
}

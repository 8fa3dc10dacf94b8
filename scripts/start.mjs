/**
 * `npm start` and `npm run demo`: run the built command line. A build older than its sources is
 * reported in one line. It is not rebuilt here: a source that does not compile must not prevent the
 * last good build from running.
 */
import { existsSync } from 'node:fs';
import { changedSinceBuild } from './build-age.mjs';

const entry = new URL('../dist/kinetrack.js', import.meta.url);
const changed = changedSinceBuild();
if (!existsSync(entry) || changed === undefined) {
  console.error('kinetrack: there is no build. Run `npm run build`.');
  process.exitCode = 1;
} else {
  if (changed.length > 0) {
    const others = changed.length === 1 ? '' : ` and ${changed.length - 1} more`;
    console.error(
      `kinetrack: the build is older than ${changed[0]}${others}. ` +
        'Run `npm run build`, or `npm run dev` to rebuild on every change.',
    );
  }
  await import(entry.href);
}

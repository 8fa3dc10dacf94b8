/**
 * Property tests use the same cases in every run: only a change can make one fail. KINETRACK_SEED selects other cases:
 * `KINETRACK_SEED=$RANDOM npm test`.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.KINETRACK_SEED ?? 20_261_120) });

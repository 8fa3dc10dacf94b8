/**
 * Property tests try the same cases in every run, so that a change is what makes one fail. KINETRACK_SEED looks
 * elsewhere: `KINETRACK_SEED=$RANDOM npm test`.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.KINETRACK_SEED ?? 20_261_120) });

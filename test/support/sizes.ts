/**
 * How often a test tries: quickly in every run, at full size where KINETRACK_ENDURANCE=1 asks for it.
 */
export const isEndurance = process.env.KINETRACK_ENDURANCE === '1';

export const sized = (quick: number, full: number): number => (isEndurance ? full : quick);

/** Size of a test: small by default, full with KINETRACK_ENDURANCE=1. */
export const isEndurance = process.env.KINETRACK_ENDURANCE === '1';

export const sized = (quick: number, full: number): number => (isEndurance ? full : quick);

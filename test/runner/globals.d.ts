/** The globals of a test file. There is no `jest` object: without its module registry there is nothing to mock. */
declare const afterAll: typeof import('jest-circus').afterAll;
declare const afterEach: typeof import('jest-circus').afterEach;
declare const beforeAll: typeof import('jest-circus').beforeAll;
declare const beforeEach: typeof import('jest-circus').beforeEach;
declare const describe: typeof import('jest-circus').describe;
declare const expect: typeof import('expect').expect;
declare const it: import('@jest/types').Global.ItConcurrent;
declare const test: import('@jest/types').Global.ItConcurrent;

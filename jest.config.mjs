import { availableParallelism } from 'node:os';
import { hideKeystore } from './scripts/programs.mjs';

hideKeystore();
// The AWS SDK would announce in every process that Node 20 is old.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** The conformance suite sets it: its tests need tools that only that suite brings. */
const hasConformanceTools = process.env.KINETRACK_CONFORMANCE_JAVA !== undefined;

export default {
  runner: './test/runner/runner.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...(hasConformanceTools ? [] : ['<rootDir>/test/conformance/'])],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/cdk\\.out/'],
  setupFiles: ['<rootDir>/test/support/seed.ts'],
  transform: {},
  /** For `--watch`: which tests depend on a changed file. The tests themselves resolve modules as Node and tsx do. */
  moduleNameMapper: {
    '^@kinetrack/schema$': '<rootDir>/schema/src/index.ts',
    '^@kinetrack/agent$': '<rootDir>/agent/src/index.ts',
    '^@kinetrack/cdk$': '<rootDir>/lib/index.ts',
  },
  testTimeout: 300_000,
  maxWorkers: Math.max(2, availableParallelism()),
  reporters: ['default'],
};

/** Runs the files in the order of the command line. jest would begin with the one that took longest. */
import { resolve } from 'node:path';

export default class GivenOrder {
  #paths;

  constructor({ globalConfig }) {
    this.#paths = globalConfig.nonFlagArgs.map((path) => resolve(globalConfig.rootDir, path));
  }

  sort(tests) {
    return [...tests].sort((a, b) => this.#paths.indexOf(a.path) - this.#paths.indexOf(b.path));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}

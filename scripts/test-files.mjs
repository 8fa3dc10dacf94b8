import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Test files in a folder and its subfolders, sorted. */
export function testFiles(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return testFiles(path);
      return name.endsWith('.test.ts') ? [path] : [];
    });
}

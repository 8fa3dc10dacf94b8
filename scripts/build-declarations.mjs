/**
 * Builds the type declarations of the published packages, with one run of the compiler. `npm run typecheck`
 * checks the types.
 *
 * The declarations are those of a CommonJS module, which both kinds of module can import; `index.d.ts`
 * re-exports them. A package contains only declarations that its entry reaches. An import that users could
 * not resolve is an error.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folder of a package, and the folder of its sources, which becomes `dist/`. */
const PACKAGES = [
  { folder: 'schema', sources: 'schema/src' },
  { folder: 'agent', sources: 'agent/src' },
  { folder: 'lib', sources: 'lib' },
];

/** @param {readonly string[]} folders packages to write declarations for */
export async function buildDeclarations(folders) {
  const emitted = mkdtempSync(join(tmpdir(), 'kinetrack-declarations-'));
  try {
    await compile(emitted);
    for (const { folder, sources } of PACKAGES) {
      if (folders.includes(folder)) publish(emitted, folder, sources);
    }
  } finally {
    rmSync(emitted, { recursive: true, force: true });
  }
}

/** @param {string} outDir */
function compile(outDir) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const child = spawn(
    process.execPath,
    [tsc, '--project', 'tsconfig.declarations.json', '--outDir', outDir],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(undefined)
        : reject(new Error(`tsc exited with ${code}: no declarations were written`)),
    );
  });
}

const SPECIFIER = /(\bfrom\s+|\bimport\s*\(\s*|^import\s+)(['"])([^'"]+)\2/gm;

/**
 * @param {string} emitted
 * @param {string} folder
 * @param {string} sources
 */
function publish(emitted, folder, sources) {
  const base = join(emitted, sources);
  const dist = join(root, folder, 'dist');
  const allowed = importable(folder);
  /** Paths below the output of the compiler. */
  const written = new Set();
  const queue = ['index.d.ts'];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (written.has(path)) continue;
    written.add(path);
    const from = join(base, path);
    const text = readFileSync(from, 'utf8').replace(SPECIFIER, (_, before, quote, specifier) => {
      if (!specifier.startsWith('.')) {
        if (!allowed(specifier)) {
          throw new Error(
            `${folder}/dist/${path} would import ${specifier}: add it to the dependencies in ${folder}/package.json, or remove it from the public types`,
          );
        }
        return `${before}${quote}${specifier}${quote}`;
      }
      const target = relative(base, join(dirname(from), specifier)).replace(/\.ts$/, '.d.ts');
      if (target.startsWith('..')) {
        throw new Error(
          `${folder}/dist/${path} would import ${specifier}, which is outside the package; remove it from the public types`,
        );
      }
      queue.push(target);
      return `${before}${quote}${specifier.replace(/\.ts$/, '.cjs')}${quote}`;
    });
    const target = join(dist, commonJs(path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  writeFileSync(join(dist, 'index.d.ts'), "export * from './index.cjs';\n");
  const current = new Set(['index.d.ts', ...[...written].map(commonJs)]);
  for (const path of readdirSync(dist, { recursive: true }).map(String)) {
    if (/\.d\.c?ts$/.test(path) && !current.has(path)) rmSync(join(dist, path));
  }
}

const commonJs = (/** @type {string} */ path) => path.replace(/\.d\.ts$/, '.d.cts');

/** @param {string} folder */
function importable(folder) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const names = ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  return (/** @type {string} */ specifier) =>
    specifier.startsWith('node:') ||
    names.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

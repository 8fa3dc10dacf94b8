/** Every type that a user of a package meets has a name that the package exports. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Where something is declared: a file of the package, or another package of ours, and the name there. */
type Origin = `${string}#${string}`;

interface Declarations {
  /** By the name within the file. */
  readonly imported: ReadonlyMap<string, Origin>;
  /** The text of each top-level declaration, by its name. */
  readonly declared: ReadonlyMap<string, string>;
  readonly exported: ReadonlyMap<string, Origin>;
}

const DECLARATION =
  /^(export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function|enum|namespace) (\w+)/;

/** Without what is no reference: comments, and the texts of literals. */
const codeOf = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/(?<=[:|&(<,=]\s*)'[^'\n]*'/g, "''");

const namesIn = (list: string): readonly (readonly [name: string, as: string])[] =>
  list
    .split(',')
    .map((each) => each.trim().replace(/^type /, ''))
    .filter((each) => each !== '')
    .map((each) => {
      const [name = '', as = name] = each.split(' as ');
      return [name, as];
    });

function readDeclarations(dist: string) {
  const files = new Map<string, Declarations>();

  const placeOf = (from: string, specifier: string): string =>
    specifier.startsWith('.')
      ? posix.join(posix.dirname(from), specifier).replace(/\.cjs$/, '.d.cts')
      : specifier;
  const isOurs = (specifier: string): boolean => /^(\.|@kinetrack\/)/.test(specifier);

  function read(file: string): Declarations {
    const known = files.get(file);
    if (known !== undefined) return known;
    const text = codeOf(readFileSync(`${dist}/${file}`, 'utf8'));
    const imported = new Map<string, Origin>();
    const exported = new Map<string, Origin>();
    const declared = new Map<string, string>();
    const declarations = { imported, exported, declared };
    files.set(file, declarations);
    const link = /^(import|export)(?: type)? (?:\{([^}]*)\}|\*) from ['"]([^'"]+)['"];?$/gm;
    for (const [, kind, list, specifier = ''] of text.matchAll(link)) {
      if (!isOurs(specifier)) continue;
      const place = placeOf(file, specifier);
      if (list === undefined) {
        for (const [name, origin] of read(place).exported) exported.set(name, origin);
        continue;
      }
      for (const [name, as] of namesIn(list)) {
        (kind === 'import' ? imported : exported).set(as, `${place}#${name}`);
      }
    }
    for (const block of text.split(/\n(?=(?:export )?(?:declare |abstract )*[a-z]+ \w)/)) {
      const [, isExported, name] = DECLARATION.exec(block) ?? [];
      if (name === undefined) continue;
      declared.set(name, `${declared.get(name) ?? ''}\n${block}`);
      if (isExported !== undefined) exported.set(name, `${file}#${name}`);
    }
    return declarations;
  }

  /** Through files that hand a name on, to the one that declares it. */
  function declaredAt(origin: Origin): Origin {
    const [file = '', name = ''] = origin.split('#');
    if (file.startsWith('@')) return origin;
    const next = read(file).exported.get(name);
    return next === undefined || next === origin ? origin : declaredAt(next);
  }

  return { read, declaredAt, placeOf };
}

/** What exported declarations refer to and nobody can import: `Name, used by Other in file`. */
function unnamed(dist: string): readonly string[] {
  const { read, declaredAt, placeOf } = readDeclarations(dist);
  const face = new Set([...read('index.d.cts').exported.values()].map(declaredAt));
  const missing = new Set<string>();
  for (const origin of face) {
    const [file = '', name = ''] = origin.split('#');
    if (file.startsWith('@')) continue;
    const { imported, declared } = read(file);
    const text = declared.get(name) ?? '';
    const inline = /\bimport\(['"]([^'"]+)['"]\)\.(\w+)/g;
    const used: Origin[] = [...text.matchAll(inline)]
      .filter(([, specifier = '']) => /^(\.|@kinetrack\/)/.test(specifier))
      .map(([, specifier = '', what = '']): Origin => `${placeOf(file, specifier)}#${what}`);
    for (const [word] of text.matchAll(/\b[A-Za-z_]\w*\b/g)) {
      const from = imported.get(word) ?? (declared.has(word) ? (`${file}#${word}` as const) : undefined);
      if (from !== undefined) used.push(from);
    }
    for (const each of used.map(declaredAt)) {
      if (!face.has(each)) missing.add(`${each.split('#')[1]}, used by ${name} in ${file} (${each})`);
    }
  }
  return [...missing].sort();
}

for (const folder of ['schema', 'agent', 'lib']) {
  test(`@kinetrack/${folder === 'lib' ? 'cdk' : folder} exports every type that its declarations refer to`, () => {
    assert.ok(existsSync(`${folder}/dist/index.d.cts`), 'run `npm run build` first');
    assert.deepEqual(unnamed(`${folder}/dist`), []);
  });
}

test('sees the types of the tracker, those of the schema among them', () => {
  const { read, declaredAt } = readDeclarations('agent/dist');
  const face = read('index.d.cts').exported;
  const origins = ['ActivityTracker', 'ActivityTrackerOptions', 'ActivityEvent'].map((name) => {
    const origin = face.get(name);
    assert.ok(origin, name);
    return declaredAt(origin);
  });
  assert.deepEqual(origins, [
    'activity-tracker.d.cts#ActivityTracker',
    'tracker-options.d.cts#ActivityTrackerOptions',
    '@kinetrack/schema#ActivityEvent',
  ]);
});

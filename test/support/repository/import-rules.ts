/**
 * Who may import whom. The tree is the data flow, and these rules keep it so: what a folder may use beside its own
 * files and why. Tests, benchmarks and scripts may use everything.
 */
import { posix } from 'node:path';

export interface Import {
  /** As it is written: `../pipeline/ports.ts`, `@kinetrack/schema`, `node:fs`. */
  readonly specifier: string;
}

export interface Layer {
  readonly folder: string;
  /** Prefixes of files in the repository, and names of packages; `node:` stands for all of Node.js. */
  readonly mayImport: readonly string[];
  readonly because: string;
}

const PACKAGES: Readonly<Record<string, string>> = {
  '@kinetrack/schema': 'schema/src/index.ts',
  '@kinetrack/agent': 'agent/src/index.ts',
  '@kinetrack/cdk': 'lib/index.ts',
};

/** The first layer whose folder holds a file decides. */
export const LAYERS: readonly Layer[] = [
  {
    folder: 'schema/',
    mayImport: ['zod'],
    because: 'everything rests on the schema, so it rests on nothing but zod',
  },
  {
    folder: 'agent/src/sinks/',
    mayImport: [
      'schema/',
      'agent/',
      'node:',
      'zod',
      '@aws-sdk/client-kinesis',
      '@aws-sdk/client-firehose',
      '@aws-sdk/client-s3',
      '@smithy/node-http-handler',
      'https-proxy-agent',
      'proxy-from-env',
    ],
    because: 'a sink is the only place of the agent that knows a cloud',
  },
  {
    folder: 'agent/src/sources/',
    mayImport: ['schema/', 'agent/', 'node:', 'zod', 'uiohook-napi', 'active-win'],
    because: 'a source is the only place of the agent that knows an operating system',
  },
  {
    folder: 'agent/',
    mayImport: ['schema/', 'node:', 'zod'],
    because: 'the agent is a package of its own: it runs without pipeline, cloud or dashboard',
  },
  {
    folder: 'pipeline/lake/',
    mayImport: [
      'schema/',
      'hyparquet',
      'hyparquet-writer',
      'node:buffer',
      'node:crypto',
      'node:zlib',
      'node:stream',
      'node:stream/promises',
    ],
    because: 'the lake is the ground of the pipeline: what uses it stands above it',
  },
  {
    folder: 'pipeline/delivery.ts',
    mayImport: ['schema/', 'pipeline/lake/keys.ts'],
    because: 'the delivery specification knows the schema and the keys of the lake',
  },
  ...['ingest', 'rollup', 'deletion', 'replay', 'queries', 'api'].map(
    (name): Layer => ({
      folder: `pipeline/${name}/`,
      mayImport: ['schema/', 'pipeline/lake/', 'hono', 'node:crypto', 'node:zlib'],
      because: 'each part of the pipeline stands on the lake and on no other part',
    }),
  ),
  {
    folder: 'lambdas/',
    mayImport: ['aws/', 'pipeline/', 'schema/', '@aws-lambda-powertools/logger', 'aws-lambda'],
    because: 'a handler takes an event, makes one call and returns the answer',
  },
  {
    folder: 'aws/',
    mayImport: [
      'schema/',
      'agent/',
      'pipeline/',
      'node:',
      '@aws-sdk/client-athena',
      '@aws-sdk/client-cloudformation',
      '@aws-sdk/client-dynamodb',
      '@aws-sdk/client-firehose',
      '@aws-sdk/client-kinesis',
      '@aws-sdk/client-s3',
      '@aws-sdk/client-sqs',
      'aws-lambda',
      'hono',
      'zod',
    ],
    because:
      'aws holds the adapters of an account, and beside the agent it is the only place that knows the AWS SDK',
  },
  {
    folder: 'local/',
    mayImport: [
      'schema/',
      'agent/',
      'pipeline/',
      'node:',
      '@duckdb/node-api',
      '@hono/node-server',
      'hono',
      'jq-web',
      'zod',
    ],
    because: 'local composes agent and pipeline on one machine and is the only place that knows DuckDB',
  },
  {
    folder: 'lib/',
    mayImport: [
      'schema/',
      'pipeline/delivery.ts',
      'pipeline/queries/',
      'node:',
      'zod',
      'aws-cdk-lib',
      'constructs',
    ],
    because:
      'stacks describe; they take the delivery specification and the queries, and reach lambdas as built assets only',
  },
  {
    folder: 'dashboard/',
    mayImport: ['schema/', 'preact', 'echarts', 'oauth4webapi'],
    because: 'pages know the API and the schema of its rows, nothing behind them',
  },
  {
    folder: 'bin/cdk.ts',
    mayImport: ['lib/', 'schema/', 'node:', 'aws-cdk-lib', 'cdk-nag'],
    because: 'the CDK app only lists the stacks',
  },
  {
    folder: 'bin/',
    mayImport: [
      'local/',
      'aws/',
      'agent/',
      'schema/',
      'pipeline/queries/',
      'package.json',
      'node:',
      'commander',
      'open',
    ],
    because: 'the command line composes local, aws and agent',
  },
  {
    folder: 'cost/',
    mayImport: ['schema/', 'pipeline/delivery.ts', 'commander'],
    because: 'the cost model is arithmetic over measured figures, prices and the delivery specification',
  },
  {
    folder: 'examples/',
    mayImport: ['agent/src/index.ts', 'schema/src/index.ts', 'node:'],
    because: 'examples use what users can import',
  },
];

/** Folders that no rule holds back. */
export const UNRESTRICTED = ['test/', 'bench/', 'scripts/'] as const;

const STATEMENT = /\b(?:import|export)\s+(?:type\s+)?[\w*{][^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g;
const FOR_ITS_EFFECT = /(?:^|;)\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\s*\(\s*([^)]+)\)/g;
const LITERAL = /^(['"`])([^'"`$]+)\1\s*(?:,|$)/;

/** Every import, re-export and dynamic import of a file, types included. */
export function importsOf(text: string): readonly Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const first = (pattern: RegExp): readonly string[] =>
    [...code.matchAll(pattern)].map(([, found = '']) => found);
  const dynamic = first(DYNAMIC).map((argument) => LITERAL.exec(argument)?.[2] ?? `computed: ${argument}`);
  return [...first(FOR_ITS_EFFECT), ...first(STATEMENT), ...dynamic].map((specifier) => ({ specifier }));
}

/** What an import leads to: a file of the repository, or the name of a package or module of Node.js. */
export function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  if (specifier.startsWith('node:')) return specifier;
  const [scope = '', name = ''] = specifier.split('/');
  const packageName = scope.startsWith('@') ? `${scope}/${name}` : scope;
  return PACKAGES[packageName] ?? packageName;
}

/** One sentence per import that breaks a rule. */
export function violationsOf(path: string, imports: readonly Import[]): readonly string[] {
  if (UNRESTRICTED.some((folder) => path.startsWith(folder))) return [];
  const layer = LAYERS.find(({ folder }) => path.startsWith(folder));
  if (layer === undefined) {
    return imports.length === 0 ? [] : [`${path} lies in a folder without a rule: add one to LAYERS`];
  }
  return imports
    .map(({ specifier }) => ({ specifier, target: targetOf(path, specifier) }))
    .filter(
      ({ target }) =>
        !target.startsWith(layer.folder) && !layer.mayImport.some((allowed) => allows(allowed, target)),
    )
    .map(({ specifier }) => `${path} may not import ${specifier}: ${layer.because}`);
}

const allows = (allowed: string, target: string): boolean =>
  /[/:]$/.test(allowed) ? target.startsWith(allowed) : target === allowed;

/** Names that import each other in a circle, as `a -> b -> a`; undefined if there is none. */
export function cycleIn(edges: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): string | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name].join(' -> ');
    if (done.has(name)) return undefined;
    for (const next of edges.get(name) ?? []) {
      const cycle = visit(next, [...trail, name]);
      if (cycle !== undefined) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of edges.keys()) {
    const cycle = visit(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

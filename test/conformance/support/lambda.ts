/** The built functions, called as Lambda calls them: a process of their own, the event in, the answer out. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { builtAsset } from '../../../lib/assets.ts';
import type { SynthesizedStack } from './synthesized.ts';

export type FunctionName = 'rollup' | 'api' | 'delete' | 'track';

const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })),
});
const lambdaFunction = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});

/** What the template says in so many words; what refers to a resource is left to the caller. */
export function environmentOf(
  stacks: readonly SynthesizedStack[],
  logicalId: string,
): Readonly<Record<string, string>> {
  const found = stacks
    .flatMap((stack) => Object.entries(template.parse(stack.template).Resources))
    .filter(([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.includes(logicalId));
  if (found.length !== 1)
    throw new Error(`${found.length} functions of the templates are called ${logicalId}`);
  const { Environment } = lambdaFunction.parse(found[0]?.[1].Properties);
  return Object.fromEntries(
    Object.entries(Environment?.Variables ?? {}).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

export interface Invocation {
  /** Where the event may be put: it is too large for a command line. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** How far the function's clock is ahead; requests are signed by the machine's. @defaultValue 0 */
  readonly clockAheadMs?: number;
}

export async function invoke(
  name: FunctionName,
  event: unknown,
  { dir, env, clockAheadMs = 0 }: Invocation,
): Promise<unknown> {
  const bundle = pathToFileURL(join(builtAsset(`lambdas/${name}`), 'index.mjs')).href;
  const path = join(dir, 'event.json');
  await writeFile(path, JSON.stringify(event));
  const script = `
    import { readFileSync } from 'node:fs';
    const machine = Date.now;
    Date.now = () => machine() + ${clockAheadMs};
    const { handler } = await import(${JSON.stringify(bundle)});
    const context = { awsRequestId: 'conformance', functionName: '${name}', getRemainingTimeInMillis: () => 300_000 };
    const answer = await handler(JSON.parse(readFileSync(process.argv[1], 'utf8')), context);
    console.log('answer ' + JSON.stringify(answer ?? null));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script, path],
    { env: { PATH: process.env.PATH, ...env }, maxBuffer: 64 << 20 },
  );
  const answer = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!answer.startsWith('answer '))
    throw new Error(`the function ${name} ended without an answer:\n${stdout}`);
  return JSON.parse(answer.slice('answer '.length));
}

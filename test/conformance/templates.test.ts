/** cfn-lint finds nothing in any synthesized template, but what has a written reason. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { deploymentConfig } from '../../lib/deployment-config.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { REASONS } from './cfn-lint-reasons.ts';
import { synthesized } from './support/synthesized.ts';
import { cfnLint } from './support/tools.ts';
import { contextOf, VARIANTS } from './support/variants.ts';

const finding = z.object({
  Filename: z.string(),
  Level: z.string(),
  Message: z.string(),
  Rule: z.object({ Id: z.string() }),
  Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullable() }),
});
type Finding = z.infer<typeof finding>;

const used = new Set<number>();

describe('cfn-lint', () => {
  for (const [name, parameters] of Object.entries(VARIANTS)) {
    it(`accepts every template of: ${name}`, async () => {
      const stacks = synthesized(contextOf(parameters));
      assert.ok(stacks.length >= 4, `only ${stacks.length} stacks`);

      const findings = await lint(stacks.map(({ path }) => path));

      const unexplained = findings.filter((found) => !isExplained(found));
      assert.deepEqual(unexplained.map(textOf), []);
    });
  }

  it('needs every reason that is written down', () => {
    assert.deepEqual(
      REASONS.filter((_, index) => !used.has(index)),
      [],
    );
  });

  it('sees a template with an error in it', async () => {
    const texts = await Promise.all(synthesized({}).map(({ path }) => readFile(path, 'utf8')));
    const encrypting = texts.find((text) => text.includes('"aws:kms"'));
    assert.ok(encrypting !== undefined);
    const path = join(await tempDir(), 'template.json');
    await writeFile(path, encrypting.replace('"aws:kms"', '"aws:none"'));

    const findings = await lint([path]);

    assert.ok(findings.some(({ Rule, Message }) => Rule.Id === 'E3030' && Message.includes('aws:none')));
  });
});

describe('the variants', () => {
  it('take every value that a parameter can choose from', () => {
    const missing = Object.entries(deploymentConfig.shape).flatMap(([name, schema]) => {
      if (!(schema instanceof z.ZodEnum)) return [];
      const taken = Object.values(VARIANTS).map((parameters) => parameters[name]);
      return schema.options
        .filter((option) => !taken.includes(option) && !isDefault(name, option))
        .map((option) => `${name}=${option}`);
    });
    assert.deepEqual(missing, []);
  });
});

/** Defaults are those of the first variant. */
const DEFAULTS: ReadonlySet<string> = new Set(['source=stream', 'streamMode=on-demand', 'signIn=cognito']);
const isDefault = (name: string, option: unknown): boolean => DEFAULTS.has(`${name}=${String(option)}`);

function isExplained(found: Finding): boolean {
  const index = REASONS.findIndex(
    ({ rule, resource }) => rule === found.Rule.Id && resource.test(resourceOf(found)),
  );
  if (index !== -1) used.add(index);
  return index !== -1;
}

/** `["Resources", "LakeBucket1", "Properties", ...]`: the logical id. */
function resourceOf({ Location }: Finding): string {
  const [section = '', id = ''] = Location.Path ?? [];
  return section === 'Resources' ? String(id) : String(section);
}

const textOf = ({ Rule, Level, Message, Filename, Location }: Finding): string =>
  `${Level} ${Rule.Id} in ${Filename.split('/').at(-1)} at ${(Location.Path ?? []).join('.')}: ${Message}`;

async function lint(paths: readonly string[]): Promise<readonly Finding[]> {
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      cfnLint(),
      ['--format', 'json', '--', ...paths],
      { maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        // Its exit status counts levels; anything but findings goes to standard error.
        if (stdout === '' && error !== null) reject(new Error(stderr || error.message));
        else resolve(stdout);
      },
    );
  });
  return z.array(finding).parse(JSON.parse(output));
}

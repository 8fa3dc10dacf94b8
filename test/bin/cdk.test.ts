import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('says which parameter is wrong and how it is changed, and nothing else', async () => {
  const { context } = JSON.parse(readFileSync(`${root}cdk.json`, 'utf8'));
  const given = JSON.stringify({ ...context, 'kinetrack:shards': 0 });
  const env = { ...process.env, CDK_CONTEXT_JSON: given };
  await assert.rejects(
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'bin/cdk.ts'], { cwd: root, env }),
    {
      code: 1,
      stderr:
        /^kinetrack:shards: must be a whole number from 1 to 500; got 0\nChange it in cdk\.json [^\n]*\n$/,
    },
  );
});

/** The README of the package says what the package does. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as agent from '@kinetrack/agent';
import { CUSTOM_LIMITS } from '@kinetrack/schema';

describe('the README of @kinetrack/agent', () => {
  let readme: string;
  beforeAll(async () => {
    readme = await readFile(new URL('../../agent/README.md', import.meta.url), 'utf8');
  });

  it('has a row for every option, and for nothing else', () => {
    const [, table = ''] = /<!-- options:begin -->([\s\S]*)<!-- options:end -->/.exec(readme) ?? [];
    const named = [...table.matchAll(/^\| (`\w+`) \|/gm)]
      .flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)])
      .map(([, name]) => name);
    assert.deepEqual(named.toSorted(), optionNames().toSorted());
  });

  it('names every class of errors with its code, and every code of a problem', () => {
    const [, section = ''] = /## Errors([\s\S]*?)\n## /.exec(readme) ?? [];
    for (const name of Object.keys(agent).filter((each) => each.endsWith('Error'))) {
      assert.ok(section.includes(`\`${name}\``), name);
    }
    for (const code of agent.PROBLEM_CODES) assert.ok(section.includes(`\`${code}\``), code);
  });

  it('states the limits of track() from the schema', () => {
    const { maxNameLength, maxKeys, maxStringLength, maxValuesBytes } = CUSTOM_LIMITS;
    for (const bound of [
      `1 to ${maxNameLength} characters`,
      `up to ${maxKeys},`,
      `up to ${maxStringLength.toLocaleString('en')} characters`,
      `up to ${maxValuesBytes.toLocaleString('en')} bytes`,
    ]) {
      assert.ok(readme.includes(bound), bound);
    }
  });
});

/** As the message for an unknown option lists them. */
function optionNames(): readonly string[] {
  try {
    Reflect.construct(agent.ActivityTracker, [{ nothing: 1 }]);
  } catch (error) {
    const [, list = ''] = /known are ([\w, ]*);/.exec(error instanceof Error ? error.message : '') ?? [];
    return list.split(', ');
  }
  assert.fail('an unknown option was taken');
}

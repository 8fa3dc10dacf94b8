/** What the stacks of the app have to do with each other. */
import assert from 'node:assert/strict';
import { OUTPUTS } from '../../aws/deployment.ts';
import { synth } from '../support/cdk/synth.ts';

const parameters = (values: Readonly<Record<string, unknown>>) => ({
  context: Object.fromEntries(Object.entries(values).map(([name, value]) => [`kinetrack:${name}`, value])),
});

const stream = synth();
const direct = synth(parameters({ source: 'direct' }));
const both = synth(parameters({ source: 'both' }));
const alone = synth(parameters({ signIn: 'none', name: 'Team-7' }));

type App = typeof stream;
type Part = keyof App['stacks'];

const CONSUMERS: readonly Part[] = ['api', 'observability'];

/** Every `Fn::ImportValue` of a template. */
function importsOf(app: App, part: Part): readonly string[] {
  const text = JSON.stringify(app.template(part).toJSON());
  return [...text.matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(([, name = '']) => name);
}

const exportsOf = (app: App, part: Part): readonly string[] =>
  Object.values(app.template(part).findOutputs('*')).flatMap(({ Export }) => (Export ? [Export.Name] : []));

const outputsOf = (app: App): readonly string[] =>
  (['lake', 'identity', 'ingestion', 'rollup', 'catalog', 'api', 'observability'] as const)
    .filter((part) => app.stacks[part] !== undefined)
    .flatMap((part) => Object.keys(app.template(part).findOutputs('*')));

describe('the stacks', () => {
  it('depend on those before them alone, in the order of the flow', () => {
    const order = Object.values(stream.stacks).flatMap((stack) => (stack ? [stack] : []));
    assert.deepEqual(
      order.map(({ stackName }) => stackName),
      ['Lake', 'Identity', 'Ingestion', 'Rollup', 'Catalog', 'Api', 'Observability'].map(
        (part) => `Kinetrack${part}`,
      ),
    );
    for (const [place, stack] of order.entries()) {
      const before = order.slice(0, place).map(({ stackName }) => stackName);
      for (const { stackName } of stack.dependencies) assert.ok(before.includes(stackName), stackName);
    }
  });

  it('contain the names that the commands look for', () => {
    const written = outputsOf(stream);
    for (const output of OUTPUTS) assert.ok(written.includes(output), `no stack writes ${output}`);
  });

  it('without sign-in leave out people, API and page, under the name that was chosen', () => {
    assert.deepEqual(
      Object.values(alone.stacks).flatMap((stack) => (stack ? [stack.stackName] : [])),
      ['Lake', 'Ingestion', 'Rollup', 'Catalog', 'Observability'].map((part) => `Team-7${part}`),
    );
    const missing = OUTPUTS.filter((output) => !outputsOf(alone).includes(output));
    assert.deepEqual(missing, ['DevicesTableName', 'ApiUrl', 'DashboardUrl']);
  });

  it('name no stream if there is none', () => {
    assert.ok(!outputsOf(direct).includes('StreamName'));
    assert.ok(outputsOf(direct).includes('DeliveryStreamName'));
  });
});

describe('a move from a stream to Firehose alone', () => {
  const ofIngestion = (name: string) => name.startsWith('KinetrackIngestion:');

  it('is refused by CloudFormation in one step: others still use what it would delete', () => {
    for (const part of CONSUMERS) {
      const used = importsOf(stream, part).filter(ofIngestion);
      assert.ok(used.some((name) => !exportsOf(direct, 'ingestion').includes(name)));
    }
  });

  it('goes by way of both, because by then everything is there that the others will use', () => {
    for (const part of CONSUMERS) {
      const used = importsOf(direct, part).filter(ofIngestion);
      assert.ok(used.length > 0);
      for (const name of used) assert.ok(exportsOf(both, 'ingestion').includes(name), name);
      for (const name of importsOf(stream, part).filter(ofIngestion)) {
        assert.ok(exportsOf(both, 'ingestion').includes(name), name);
      }
    }
  });
});

import assert from 'node:assert/strict';
import { ACTIVITY_TYPES, eventJsonSchema } from '@kinetrack/schema';

interface Member {
  readonly additionalProperties: unknown;
  readonly required: readonly string[];
  readonly properties: { readonly activity_type: { readonly const: string } };
}

test('describes every activity type, each closed to fields that it does not name', () => {
  const { oneOf } = eventJsonSchema() as { readonly oneOf: readonly Member[] };
  assert.deepEqual(
    oneOf.map(({ properties }) => properties.activity_type.const).sort(),
    [...ACTIVITY_TYPES].sort(),
  );
  for (const member of oneOf) {
    assert.equal(member.additionalProperties, false);
    assert.ok(member.required.includes('event_id'));
  }
});

test('uses the keywords of JSON Schema and none of ours', () => {
  assert.doesNotMatch(JSON.stringify(eventJsonSchema()), /"column":/);
});

import assert from 'node:assert/strict';
import { dbtSources } from '../../scripts/dbt-sources.ts';
import { sourceFile } from '../support/repository/source-tree.ts';

test('the sources of the dbt project are the tables of the schema', () => {
  assert.equal(
    sourceFile('analytics/models/sources.yml').text,
    dbtSources(),
    'write them again: node --import tsx scripts/dbt-sources.ts',
  );
});

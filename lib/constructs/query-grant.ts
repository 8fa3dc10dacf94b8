import { LAKE_PREFIXES } from '@kinetrack/schema';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { ActivityCatalog } from '../activity-catalog.ts';
import type { ActivityLake } from '../activity-lake.ts';

/**
 * What an analyst needs to query the tables in the workgroup, and no more: not screenshots, not the records of
 * deletions, not what could not be delivered. IAM cannot tell whose rows a query reads: it is all people or none.
 * https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
 */
export function queryStatements(
  lake: ActivityLake,
  catalog: ActivityCatalog,
): readonly iam.PolicyStatement[] {
  const stack = Stack.of(catalog);
  const { region, urlSuffix } = stack;
  const glue = (resource: string, resourceName?: string) =>
    stack.formatArn({ service: 'glue', resource, ...(resourceName !== undefined && { resourceName }) });
  const tables = [LAKE_PREFIXES.raw, LAKE_PREFIXES.rollup];
  const allow = (actions: string[], resources: string[], conditions: Record<string, unknown> = {}) =>
    new iam.PolicyStatement({ actions, resources, conditions });
  return [
    allow(
      [
        'athena:BatchGetNamedQuery',
        'athena:GetNamedQuery',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:GetWorkGroup',
        'athena:ListNamedQueries',
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
      ],
      [stack.formatArn({ service: 'athena', resource: 'workgroup', resourceName: catalog.workgroupName })],
    ),
    allow(
      ['glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables'],
      [
        glue('catalog'),
        glue('database', catalog.databaseName),
        // The names of the tables are what is asked for.
        glue('table', `${catalog.databaseName}/*`),
      ],
    ),
    allow(
      ['s3:GetObject'],
      tables.map((prefix) => lake.bucket.arnForObjects(`${prefix}*`)),
    ),
    allow(['s3:ListBucket'], [lake.bucket.bucketArn], {
      StringLike: { 's3:prefix': tables.map((prefix) => `${prefix}*`) },
    }),
    allow(
      ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
      [catalog.results.arnForObjects('*')],
    ),
    allow(['s3:ListBucket'], [catalog.results.bucketArn]),
    allow(['s3:GetBucketLocation'], [lake.bucket.bucketArn, catalog.results.bucketArn]),
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], [lake.key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    }),
  ];
}

import { type Column, glueType, type LakeTable as LakeTableSpec, type Partition } from '@kinetrack/schema';
import * as glue from 'aws-cdk-lib/aws-glue';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface LakeTableProps {
  readonly table: LakeTableSpec;
  readonly database: glue.IDatabase;
  readonly bucket: s3.IBucket;
  /** First date of the partitions: `2026-01-01`. */
  readonly firstDate: string;
}

const FORMATS = { json: glue.DataFormat.JSON, parquet: glue.DataFormat.PARQUET } as const;

/** A Glue table of the lake. Partition projection computes its partitions, so no crawler is needed. */
export class LakeTable extends Construct {
  constructor(scope: Construct, id: string, { table, database, bucket, firstDate }: LakeTableProps) {
    super(scope, id);
    const path = table.partitions.map(({ name }) => `${name}=\${${name}}/`).join('');
    new glue.S3Table(this, 'Table', {
      database,
      tableName: table.name,
      description: table.description,
      columns: table.columns.map(glueColumn),
      // Strings, so a range of days and hours is a comparison of the values in the key.
      partitionKeys: table.partitions.map(({ name }) => ({ name, type: glue.Schema.STRING })),
      partitionProjection: Object.fromEntries(
        table.partitions.map((partition) => [partition.name, projection(partition, firstDate)]),
      ),
      parameters: { 'storage.location.template': `s3://${bucket.bucketName}/${table.prefix}${path}` },
      dataFormat: FORMATS[table.format],
      compressed: table.format === 'json',
      storage: glue.S3TableStorage.fromBucket(bucket),
      s3Prefix: table.prefix,
      // Refers to client-side encryption only.
      hasEncryptedData: false,
    });
  }
}

const glueColumn = ({ name, type, description }: Column): glue.Column => ({
  name,
  type: glue.Schema.custom(glueType(type)),
  ...(description !== '' && { comment: description }),
});

function projection(partition: Partition, firstDate: string): glue.PartitionProjectionConfiguration {
  switch (partition.kind) {
    case 'date':
      // A fast clock can produce events of tomorrow.
      return glue.PartitionProjectionConfiguration.date({
        min: firstDate,
        max: 'NOW+1DAYS',
        format: 'yyyy-MM-dd',
      });
    case 'hour':
      return glue.PartitionProjectionConfiguration.integer({ min: 0, max: 23, digits: 2 });
    case 'enum':
      return glue.PartitionProjectionConfiguration.enum({ values: [...(partition.values ?? [])] });
  }
}

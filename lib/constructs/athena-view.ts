import { type Column, type ColumnType, glueType } from '@kinetrack/schema';
import type * as glue from 'aws-cdk-lib/aws-glue';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';

export interface AthenaViewProps {
  readonly name: string;
  readonly description: string;
  readonly sql: string;
  readonly columns: readonly Column[];
  readonly database: glue.IDatabase;
  /** Name of the database as a literal, because the view encodes it. */
  readonly databaseName: string;
}

/**
 * A view in the form that `CREATE VIEW` stores in the catalog: Athena keeps the query in Presto's form, as
 * base64-encoded JSON in a comment (trinodb/trino, `ViewReaderUtil`). CloudFormation has no resource for
 * views.
 */
export class AthenaView extends Construct {
  constructor(scope: Construct, id: string, props: AthenaViewProps) {
    super(scope, id);
    const view = {
      originalSql: props.sql,
      catalog: 'awsdatacatalog',
      schema: props.databaseName,
      columns: props.columns.map(({ name, type }) => ({ name, type: trinoType(type) })),
    };
    new CfnTable(this, 'View', {
      catalogId: props.database.catalog.catalogId,
      databaseName: props.database.databaseName,
      tableInput: {
        name: props.name,
        description: props.description,
        tableType: 'VIRTUAL_VIEW',
        viewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(view)).toString('base64')} */`,
        viewExpandedText: '/* Presto View */',
        parameters: { presto_view: 'true', comment: 'Presto View' },
        partitionKeys: [],
        storageDescriptor: {
          columns: props.columns.map(({ name, type, description }) => ({
            name,
            type: glueType(type),
            comment: description,
          })),
          serdeInfo: {},
        },
      },
    });
  }
}

const TRINO_SCALARS = {
  string: 'varchar',
  int: 'integer',
  bigint: 'bigint',
  double: 'double',
  boolean: 'boolean',
  timestamp: 'timestamp(3)',
} as const;

function trinoType(type: ColumnType): string {
  switch (type.kind) {
    case 'array':
      return `array(${trinoType(type.element)})`;
    case 'map':
      return `map(${trinoType(type.key)}, ${trinoType(type.value)})`;
    case 'struct':
      return `row(${type.fields.map((field) => `${field.name} ${trinoType(field.type)}`).join(', ')})`;
    default:
      return TRINO_SCALARS[type.kind];
  }
}

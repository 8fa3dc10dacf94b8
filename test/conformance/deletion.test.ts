/** A person who is deleted by the route is nowhere any more: in no object, no old version, no table, and does not come back. */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3';
import { deletionReceipt } from '@kinetrack/schema';
import * as z from 'zod';
import { demoFleet } from '../../local/demo/index.ts';
import { httpEvent } from '../support/aws/http-event.ts';
import { collect } from '../support/collect.ts';
import { parquetRows } from '../support/lake/parquet-rows.ts';
import { lastWorkday } from '../support/time/last-workday.ts';
import { Deployment } from './support/deployment.ts';
import { deliver, onOneMachine } from './support/flow.ts';
import { startMoto } from './support/moto.ts';
import { synthesized } from './support/synthesized.ts';

const ROLLUP = 'RollupHandlerFunction';
const DELETION = 'DeletionHandlerFunction';
const API = 'ReadHandlerFunction';
const HOUR_MS = 3_600_000;
const FLEET = { people: 3, days: 1, endDate: lastWorkday() };
const ADMIN = { 'cognito:username': 'root', 'cognito:groups': '[admin]' };
const answer = z.object({ statusCode: z.number(), body: z.string() });

describe('a deleted person is gone from everything, and late records do not bring them back', () => {
  const stacks = synthesized({});
  let deployment: Deployment;
  let user: string;
  let others: readonly string[];
  let deletion: string;
  let records: readonly Buffer[];
  const rollUp = () => deployment.consume('SampleArrivals', 'rollup', ROLLUP);
  const ask = async (...request: Parameters<typeof httpEvent>) =>
    answer.parse(await deployment.call('api', API, httpEvent(...request)));

  beforeAll(async () => {
    deployment = await Deployment.create(await startMoto(), stacks);
    records = (await collect(demoFleet(FLEET).events())).map((event) => Buffer.from(JSON.stringify(event)));
    await deliver(deployment, stacks, records);
    await rollUp();
    [user = '', ...others] = await deployment.summaries.users();
    assert.ok((await objectsWith(deployment, user)).length > 0 && others.length > 0);

    const ordered = await ask('DELETE', `/admin/user/${user}`, { query: `confirm=${user}`, claims: ADMIN });
    assert.equal(ordered.statusCode, 202, ordered.body);
    ({ deletion } = z.object({ deletion: z.string() }).parse(JSON.parse(ordered.body)));
    const Records = await deployment.take('Deletion');
    await deployment.call('delete', DELETION, { Records });
    // What was on its way is looked for once more, when nothing can be on its way any more.
    await deployment.call('delete', DELETION, { Records }, HOUR_MS);
  });

  it('the receipt says what was removed', async () => {
    const { statusCode, body } = await ask('GET', `/admin/deletions/${deletion}`, { claims: ADMIN });
    assert.equal(statusCode, 200, body);
    const { removed, not_done } = deletionReceipt.parse(JSON.parse(body));
    assert.deepEqual(not_done, []);
    assert.ok((removed.events.sample ?? 0) > 0 && removed.minute_rows > 0 && removed.summary_items > 0);
  });
  it('no object, no old version and no summary holds them', async () => {
    assert.deepEqual(await objectsWith(deployment, user), []);
    assert.deepEqual(await deployment.summaries.users(), others);
  });
  it('their events, sent again, are kept out of every rollup', async () => {
    await deliver(deployment, stacks, records);
    await rollUp();

    assert.deepEqual(await deployment.summaries.users(), others);
    const rollups = (await objectsWith(deployment, user)).filter((key) => key.startsWith('rollup/'));
    assert.deepEqual(rollups, []);
  });
  it('the others have what they had', async () => {
    const local = await onOneMachine(deployment.store);
    for (const other of others) {
      const span = await local.span(other);
      assert.ok(span !== undefined);
      assert.deepEqual(
        await deployment.summaries.hours(other, span.first, span.last),
        await local.hours(other, span.first, span.last),
      );
    }
  });
});

/** Keys of objects in which the person stands, in any version. */
async function objectsWith({ lake }: Deployment, user: string): Promise<readonly string[]> {
  const found = new Set<string>();
  let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (from !== undefined) {
    const page: ListObjectVersionsCommandOutput = await lake.client.send(
      new ListObjectVersionsCommand({ Bucket: lake.bucket, ...from }),
    );
    from = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
    for (const { Key = '', VersionId } of page.Versions ?? []) {
      const { Body } = await lake.client.send(new GetObjectCommand({ Bucket: lake.bucket, Key, VersionId }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      if (Key.includes(user) || (await textOf(Key, bytes)).includes(user)) found.add(Key);
    }
  }
  return [...found];
}

async function textOf(key: string, bytes: Uint8Array): Promise<string> {
  if (key.endsWith('.parquet'))
    return (await parquetRows(bytes)).map(({ user_id }) => String(user_id)).join('\n');
  return (key.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
}

/**
 * The whole way, on what the templates deploy: an agent's sink, a Kinesis stream, the template's Firehose executed on
 * this machine, S3 that announces its objects to SQS, the built rollup function, Parquet and summaries, the built API
 * function. It must come to what one machine comes to by itself.
 */
import assert from 'node:assert/strict';
import type { ActivityEvent } from '@kinetrack/schema';
import * as z from 'zod';
import { kinesisSink } from '../../agent/src/sinks/index.ts';
import { demoFleet } from '../../local/demo/index.ts';
import type { SummaryStore } from '../../pipeline/lake/ports.ts';
import { afterTest } from '../runner/running-test.ts';
import { httpEvent } from '../support/aws/http-event.ts';
import { startKinesisServer } from '../support/aws/kinesis-server.ts';
import { createStream, kinesisClient, readStream } from '../support/aws/kinesis-stream.ts';
import { collect } from '../support/collect.ts';
import { lastWorkday } from '../support/time/last-workday.ts';
import { Deployment } from './support/deployment.ts';
import { deliver, onOneMachine } from './support/flow.ts';
import { startMoto } from './support/moto.ts';
import { synthesized } from './support/synthesized.ts';
import { contextOf } from './support/variants.ts';

const ROLLUP = 'RollupHandlerFunction';
const API = 'ReadHandlerFunction';
const FLEET = { people: 4, days: 1, endDate: lastWorkday() };

for (const [name, parameters] of Object.entries({
  'an hour at once': {},
  'an hour in slices': { people: 100_000, rollupConcurrency: 40 },
})) {
  describe(`what an agent sends is what the API answers: ${name}`, () => {
    let deployment: Deployment;
    let cloud: SummaryStore;
    let local: SummaryStore;
    let users: readonly string[];

    beforeAll(async () => {
      const stacks = synthesized(contextOf(parameters));
      deployment = await Deployment.create(await startMoto(), stacks);
      const events = await collect(demoFleet(FLEET).events());

      const arrived = await throughTheStream(events);
      await deliver(deployment, stacks, [...arrived, Buffer.from('{"activity_type":"sample","ts":"soon"}')]);
      assert.ok((await deployment.consume('SampleArrivals', 'rollup', ROLLUP)) > 0, 'S3 announced nothing');
      const slices = await deployment.consume('Slices', 'rollup', ROLLUP);
      assert.equal(slices > 0, 'people' in parameters);

      local = await onOneMachine(deployment.store);
      cloud = deployment.summaries;
      users = await local.users();
      assert.equal(users.length, FLEET.people);
    });

    it('summaries of every person and day are those of one machine', async () => {
      assert.deepEqual(await cloud.users(), users);
      for (const user of users) {
        const span = await local.span(user);
        assert.ok(span !== undefined);
        assert.deepEqual(await cloud.span(user), span);
        assert.deepEqual(
          await cloud.hours(user, span.first, span.last),
          await local.hours(user, span.first, span.last),
        );
        assert.deepEqual(await cloud.minutes(user, span.first), await local.minutes(user, span.first));
      }
    });

    it('the API answers a person with that day', async () => {
      const [user = ''] = users;
      const date = (await local.span(user))?.first ?? '';
      const hours = await local.hours(user, date, date);

      const { statusCode, body } = answer.parse(
        await deployment.call(
          'api',
          API,
          httpEvent('GET', '/summary/today', {
            query: `date=${date}`,
            claims: { 'cognito:username': user, 'cognito:groups': '[employee]' },
          }),
        ),
      );

      assert.equal(statusCode, 200, body);
      const { observed_s } = z.object({ observed_s: z.number() }).parse(JSON.parse(body));
      assert.equal(
        observed_s,
        hours.reduce((sum, { seconds }) => sum + seconds, 0),
      );
    });

    it('a record that is no event is announced as an error, and nothing else is', async () => {
      const keys = (await deployment.take('ErrorArrivals')).flatMap(
        ({ body }) => announced.parse(JSON.parse(body)).Records ?? [],
      );

      assert.equal(keys.length, 1);
      assert.match(decodeURIComponent(keys[0]?.s3.object.key ?? ''), /^errors\/metadata-extraction-failed\//);
    });
  });
}

/** Sends the events twice, as after an answer that was lost, and takes from the stream what Firehose would take. */
async function throughTheStream(events: readonly ActivityEvent[]): Promise<readonly Uint8Array[]> {
  const server = await startKinesisServer();
  afterTest(() => server.close());
  const client = kinesisClient(server.endpoint);
  afterTest(() => client.destroy());
  const streamName = await createStream(client, 2);
  const sink = kinesisSink({ streamName, client });
  afterTest(() => sink.close());
  const sent = events.map((event, index) => ({ id: index + 1, line: JSON.stringify(event) }));
  for (let at = 0; at < sent.length; at += 500) {
    const outcomes = [
      ...(await sink.send(sent.slice(at, at + 500))),
      ...(await sink.send(sent.slice(at, at + 500))),
    ];
    assert.ok(outcomes.every(({ status }) => status === 'delivered'));
  }
  return (await readStream(client, streamName)).map(({ data }) => Buffer.from(data));
}

const answer = z.object({ statusCode: z.number(), body: z.string() });
const announced = z.object({
  Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })).optional(),
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { STREAMS } from '../../cost/assumptions.ts';
import { billOf, shardsFor, totalOf } from '../../cost/model.ts';
import { MEASURED, naiveTraffic } from '../../cost/person-hour.ts';
import { costReport } from '../../cost/report.ts';

const question = {
  people: 10_000,
  detail: 'counts',
  stream: 'provisioned',
  hour: 'median',
  through: 'track',
  signIn: 'cognito',
} as const;
const perPerson = (text: string): number =>
  Number(/^per person and month: \$(\d+\.\d{4})$/m.exec(text)?.[1] ?? assert.fail(text));

const cost = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', 'cost/run.ts', ...args]);

describe('the cost model', () => {
  it('stays below two cents per person and month for ten thousand people, also if all hours were the busiest', () => {
    assert.ok(perPerson(costReport(question)) < 0.02);
    assert.ok(perPerson(costReport({ ...question, hour: 'busiest' })) < 0.02);
    assert.ok(perPerson(costReport({ ...question, through: 'aws' })) < 0.02);
  });

  it('names the sum of its items', () => {
    const fleet = {
      people: 10_000,
      stream: 'provisioned',
      through: 'track',
      signIn: 'cognito',
      traffic: MEASURED.hours.median.track.counts,
    } as const;
    const items = billOf(fleet);
    assert.equal(perPerson(costReport(question)), Number((totalOf(items) / 10_000).toFixed(4)));
    assert.ok(items.every(({ usdAMonth }) => usdAMonth >= 0));
  });

  for (const stream of STREAMS) {
    it(`costs more for more people, but never more per person (${stream})`, () => {
      const totals = [1, 10, 100, 1000, 10_000, 100_000].map((people) =>
        totalOf(
          billOf({
            people,
            stream,
            through: 'aws',
            signIn: 'oidc',
            traffic: MEASURED.hours.median.aws.counts,
          }),
        ),
      );
      for (const [index, total] of totals.entries()) {
        const before = totals[index - 1];
        if (before === undefined) continue;
        assert.ok(total > before);
        // Ten times the people; above 10,000 sign-ins are no longer free.
        if (index < 5) assert.ok(total < 10 * before);
      }
    });
  }

  it('sizes the stream by records or bytes, whichever needs more', () => {
    const { counts, events } = MEASURED.hours.busiest.aws;
    const shards = (traffic: typeof counts) =>
      shardsFor({ people: 10_000, stream: 'provisioned', through: 'aws', signIn: 'oidc', traffic });
    assert.equal(shards(counts), 1);
    assert.equal(shards(events), Math.ceil((10_000 * events.bytes * 1.5) / 3600 / 1e6));
    assert.equal(shards(naiveTraffic('busiest')), Math.ceil((10_000 * events.events * 1.5) / 3600 / 1000));
  });

  it('treats the naive design as one record per event, each billed as five kilobytes', () => {
    const naive = naiveTraffic('median');
    assert.equal(naive.records, MEASURED.hours.median.aws.events.events);
    assert.equal(naive.firehoseBilledBytes, naive.records * 5120);
  });
});

describe('npm run cost', () => {
  it('ends with what a person costs a month', async () => {
    const { stdout } = await cost('--people', '10000');
    assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /^per person and month: \$\d+\.\d{4}$/);
  });

  it('says what is wrong with a number of people', async () => {
    await assert.rejects(cost('--people', '0'), { code: 2, stderr: /0.*whole number from 1 to 1000000/ });
    await assert.rejects(cost(), { code: 2, stderr: /required option '--people <n>'/ });
  });
});

import assert from 'node:assert/strict';
import { callerOf } from '../../../aws/http/api-handler.ts';

const names = { user: 'email', roles: 'cognito:groups' };
const rolesOf = (claim: unknown) =>
  callerOf({ email: 'ada@example.com', 'cognito:groups': claim }, names)?.roles;

describe('the caller', () => {
  it('is nobody without claims, without the claim of the user, and with an empty one', () => {
    for (const claims of [undefined, {}, { sub: 'x' }, { email: '' }, { email: 7 }]) {
      assert.equal(callerOf(claims, names), undefined);
    }
  });

  it('is nobody under an address that was not verified', () => {
    for (const email_verified of [false, 'false']) {
      assert.equal(callerOf({ email: 'ada@example.com', email_verified }, names), undefined);
    }
    assert.equal(
      callerOf({ email: 'ada@example.com', email_verified: 'true' }, names)?.userId,
      'ada@example.com',
    );
  });

  for (const [claim, roles] of [
    ['[admin manager]', ['manager', 'admin']],
    ['[employee]', ['employee']],
    ['admin', ['admin']],
    ['["admin","employee"]', ['employee', 'admin']],
    ['manager,admin', ['manager', 'admin']],
    [['admin', 'staff'], ['admin']],
    ['[not-admin administrators Admin]', []],
    ['[]', []],
    ['', []],
    [undefined, []],
    [{ admin: true }, []],
  ] as const) {
    it(`has the roles [${roles.join(' ')}] by the claim ${JSON.stringify(claim)}`, () => {
      assert.deepEqual(rolesOf(claim), roles);
    });
  }
});

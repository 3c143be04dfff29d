import { expect, test } from '@jest/globals';
import type { Request, Response } from 'express';
import { AppError } from '../../../src/errors.ts';
import { MAILBOX, ROLES, type Role } from '../../../src/fhir/role.ts';
import { permissions } from '../../../src/http/permissions.ts';
import { openApiDocument } from '../../../src/openapi.ts';

/** What comes before anybody is signed in, or is let in by a code, and what a client answers by a link. */
const OPEN =
  /^(GET \/sign-in(\/oidc\/.*)?|POST \/sign-in\/oidc\/an-id\/back-channel-logout|POST \/session|POST \/session\/link|POST \/setup|POST \/mailbox\/(code|open)|POST \/client-answers(\/look)?|POST \/invitations\/\w+)$/;

const { paths } = openApiDocument() as { paths: Record<string, Record<string, object>> };
const routes = Object.entries(paths)
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const))
  .map(([method, path]) => [method, path.replace('/api', '').replaceAll(/\{\w+\}/g, 'an-id')] as const)
  .filter((route) => !OPEN.test(route.join(' ')));

function refusal(method: string, path: string, roles: readonly Role[] | undefined): string | undefined {
  const caller = { kind: 'operator', organizationId: 'careloop', ...(roles ? { roles } : {}) };
  try {
    permissions({ method, path } as Request, { locals: { caller } } as unknown as Response, () => undefined);
    return undefined;
  } catch (thrown) {
    return thrown instanceof AppError ? thrown.code : String(thrown);
  }
}

test.each(routes)('%s %s is in the table, and somebody may ask for it', (method, path) => {
  const refusals = [
    refusal(method, path, undefined),
    ...[...ROLES, MAILBOX].map((role) => refusal(method, path, [role])),
  ];
  expect(refusals).not.toContain('http.no-such-address');
  expect(refusals).toContain(undefined);
});

test('what does not stand in the table is not there, for anybody', () => {
  for (const [method, path] of [
    ['GET', '/nothing'],
    ['DELETE', '/loops/1'],
    ['GET', '/people/1/2/3'],
    ['POST', '/loops/1/../../people'],
  ] as const) {
    for (const roles of [undefined, ['administrator', 'supervisor'] as const]) {
      expect([path, refusal(method, path, roles)]).toEqual([path, 'http.no-such-address']);
    }
  }
});

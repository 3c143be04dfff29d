import { expect, test } from '@jest/globals';
import { maintain } from '../../../workers/maintain.ts';
import { setUp, signIn, startPeopleHub } from './people-hub.ts';

test('sessions, links and tries that are past are cleared away a day later, and no session before', async () => {
  const hub = await startPeopleHub('embedded');
  try {
    const admin = await setUp(hub);
    const body = { name: 'Kim', email: 'kim@hub.example', organizationId: 'careloop', roles: ['auditor'] };
    await admin.send('POST', '/api/people', body);
    await signIn(hub, 'ada@hub.example', 'wrong password');
    const rows = async (): Promise<unknown> => {
      const [row] = await hub.deps.db.query(
        `SELECT (SELECT count(*)::int FROM session) AS sessions, (SELECT count(*)::int FROM invitation) AS invitations,
           (SELECT count(*)::int FROM sign_in_tries) AS tries`,
      );
      return row;
    };
    await maintain(hub.deps);
    expect(await rows()).toEqual({ sessions: 1, invitations: 1, tries: 3 });
    hub.clock.advance(23 * 3_600_000);
    await maintain(hub.deps);
    expect(await rows()).toEqual({ sessions: 1, invitations: 1, tries: 3 });
    hub.clock.advance(73 * 3_600_000 + 1);
    await maintain(hub.deps);
    expect(await rows()).toEqual({ sessions: 0, invitations: 0, tries: 0 });
  } finally {
    await hub.close();
  }
}, 120_000);

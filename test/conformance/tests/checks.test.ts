import { afterEach, expect, test } from '@jest/globals';
import type { Requirement, Row, Subject } from '../requirement.ts';
import { checkAll } from '../run.ts';
import { openServer } from '../server/open-server.ts';
import { type SmallServer, startSmallServer, type Wrongs } from './small-server.ts';

let server: SmallServer;
afterEach(() => server.close());

/** Checks a small server that does this wrong. */
async function verdictOn(subject: Subject, wrongs: Wrongs = {}): Promise<Pick<Row, 'result' | 'reason'>> {
  server = await startSmallServer(wrongs);
  const requirement: Requirement = { id: 'x', source: 'x', verb: 'SHALL', title: 'x', subject };
  const open = openServer({ base: server.base });
  const [row] = await checkAll(open, [requirement]);
  await open.close();
  return { result: row?.result ?? 'fail', reason: row?.reason ?? '' };
}

const READ: Subject = { kind: 'interaction', type: 'Patient', code: 'read' };
const CREATE: Subject = { kind: 'interaction', type: 'Patient', code: 'create' };
const UPDATE: Subject = { kind: 'interaction', type: 'Patient', code: 'update' };
const SEARCH: Subject = { kind: 'interaction', type: 'Patient', code: 'search-type' };
const GENDER: Subject = { kind: 'search-parameter', type: 'Patient', name: 'gender' };
const ID: Subject = { kind: 'search-parameter', type: 'Patient', name: '_id' };
const VERSIONS: Subject = { kind: 'versioned-update', type: 'Patient' };

test.each([
  ['read', READ],
  ['create', CREATE],
  ['update', UPDATE],
  ['search-type', SEARCH],
  ['search by a parameter', GENDER],
  ['search by _id', ID],
  ['versioned update', VERSIONS],
])('a server that does right passes: %s', async (_name, subject) => {
  expect(await verdictOn(subject)).toMatchObject({ result: 'pass' });
});

test.each<[string, Subject, Wrongs, string]>([
  [
    'refuses without saying why',
    READ,
    { saysNothing: true },
    'A read that finds nothing is answered without an OperationOutcome.',
  ],
  [
    'takes what FHIR does not have',
    CREATE,
    { takesAnything: true },
    'POST Patient with an element that FHIR does not have was answered 201, not 400 or 422.',
  ],
  ['finds everything', GENDER, { findsAll: true }, 'GET Patient?gender finds a resource that does not have the value.'],
  ['finds everything', ID, { findsAll: true }, 'GET Patient?_id finds a resource that does not have the value.'],
  [
    'forgets what it is searched by',
    GENDER,
    { forgets: 'gender' },
    'GET Patient?gender does not find a resource that has the value.',
  ],
  [
    'overwrites somebody else’s change',
    VERSIONS,
    { ignoresIfMatch: true },
    'PUT Patient/[id] with an old ETag in If-Match was answered 200, not 412 or 409.',
  ],
  [
    'conflicts without saying why',
    VERSIONS,
    { saysNothing: true },
    'A conflict is answered without an OperationOutcome.',
  ],
  [
    'does not know the type’s parameter',
    { kind: 'search-parameter', type: 'Patient', name: 'birthdate' },
    {},
    'GET Patient?birthdate does not find a resource that has the value.',
  ],
  [
    'does not list the type',
    { kind: 'resource', type: 'Task', interactions: [] },
    {},
    'The metadata does not list Task.',
  ],
  [
    'has no topics',
    { kind: 'sentence', list: 'subscriptions', key: '48' },
    {},
    'The metadata does not list Subscription.',
  ],
  ['speaks no XML', { kind: 'format', format: 'xml' }, {}, 'POST Patient as XML was answered 415, not 201.'],
])('a server that %s fails', async (_what, subject, wrongs, reason) => {
  expect(await verdictOn(subject, wrongs)).toEqual({ result: 'fail', reason });
});

test('a requirement without a check fails, and says so', async () => {
  const subject: Subject = { kind: 'sentence', list: 'sdohcc', key: 'constructor' };
  expect(await verdictOn(subject)).toEqual({ result: 'fail', reason: 'There is no check for it yet.' });
});

test('nothing that was created for a check is left', async () => {
  await verdictOn(GENDER);
  expect(server.size()).toBe(0);
});

test('what is about the same is checked once, and has a row for each requirement', async () => {
  server = await startSmallServer();
  const open = openServer({ base: server.base });
  const seen: number[] = [];
  const twice = ['a', 'b'].map((id): Requirement => ({ id, source: 'x', verb: 'SHALL', title: 'x', subject: READ }));
  const rows = await checkAll(open, twice, (done, all) => seen.push(done, all));
  await open.close();
  expect(rows.map(({ id, result }) => [id, result])).toEqual([
    ['a', 'pass'],
    ['b', 'pass'],
  ]);
  expect(seen).toEqual([1, 1]);
});

import express, { type Request, type Response, type Router } from 'express';
import type { Caller } from '../../fhir/caller.ts';
import { endSessions } from '../sessions/end.ts';
import { demoLink } from '../sign-in/demo-links.ts';
import { invitationShown, personBody, personChangeBody } from './api.ts';
import type { PeopleDeps } from './deps.ts';
import { type Invitation, invitationLink, invite } from './invitations.ts';
import { organizationNames } from './organization-name.ts';
import { addPerson, changePerson, requirePerson } from './people.ts';
import { listPeople, type Person } from './person.ts';

/** The address of the hub as who asks has called it, or as it is known. */
export type HubAddress = (request: Request) => string;

/** Looking after people; for administrators. */
export function peopleRoutes(deps: PeopleDeps & { readonly hubAddress: HubAddress }): Router {
  const router = express.Router();
  const linkOf = (request: Request, { code, expiresAt }: Invitation): object =>
    invitationShown.parse({
      invitation: invitationLink(deps.hubAddress(request), code),
      expiresAt: expiresAt.toISOString(),
    });
  router.get('/people', async (_request, response) => {
    response.json({ people: await shown(deps, await listPeople(deps.db)) });
  });
  router.post('/people', async (request, response) => {
    const { person, invitation } = await addPerson(deps, callerOf(response), personBody.parse(request.body));
    const [told] = await shown(deps, [person]);
    response.status(201).json({ person: told, ...linkOf(request, invitation) });
  });
  router.patch('/people/:id', async (request, response) => {
    const change = personChangeBody.parse(request.body);
    const [told] = await shown(deps, [await changePerson(deps, callerOf(response), request.params.id, change)]);
    response.json(told);
  });
  router.post('/people/:id/invitation', async (request, response) => {
    const invitation = await deps.db.transaction(async (tx) => {
      const { id } = await requirePerson(tx, request.params.id);
      return invite(tx, callerOf(response), id, deps.now());
    });
    response.status(201).json(linkOf(request, invitation));
  });
  router.post('/people/:id/sign-in-link', async (request, response) => {
    const { code, expiresAt } = await demoLink(deps, callerOf(response), request.params.id);
    const link = `${deps.hubAddress(request)}/sign-in#link=${code}`;
    response.status(201).json({ link, expiresAt });
  });
  router.delete('/people/:id/sessions', async (request, response) => {
    await deps.db.transaction(async (tx) => {
      const { id } = await requirePerson(tx, request.params.id);
      return endSessions(tx, callerOf(response), id, 'all', deps.now());
    });
    response.status(204).end();
  });
  return router;
}

function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}

async function shown({ db }: PeopleDeps, people: readonly Person[]): Promise<object[]> {
  const names = await organizationNames(
    db,
    people.map(({ organizationId }) => organizationId),
  );
  return people.map(({ credentials, organizationId, createdAt, ...person }) => ({
    ...person,
    organization: { id: organizationId, name: names.get(organizationId) ?? '' },
    secondFactor: credentials.secondFactor,
    invited: credentials.password === undefined,
    createdAt: createdAt.toISOString(),
  }));
}

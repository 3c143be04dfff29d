import express, { type RequestHandler } from 'express';
import { breakGlassRoutes } from './access/break-glass/routes.ts';
import { consentRoutes } from './access/consent/routes.ts';
import { ownKeyRoutes } from './access/own-keys/routes.ts';
import { peopleRoutes } from './access/people/routes.ts';
import { providerRoutes, providerSignInRoutes } from './access/providers/routes.ts';
import { accessRoutes } from './access/routes.ts';
import { sessionRoutes } from './access/sessions/routes.ts';
import { signInRoutes } from './access/sign-in/routes.ts';
import { tokenEndpoint } from './access/tokens/discovery.ts';
import { DISCOVERY_PATH, discovery, tokenRoutes } from './access/tokens/routes.ts';
import { calendarRoutes } from './calendars/routes.ts';
import { acknowledgeByReading, mayAcknowledge } from './deliveries/read-receipt.ts';
import { deliveryRoutes } from './deliveries/routes.ts';
import type { Deps } from './deps.ts';
import { credentialRoutes } from './directory/credentials/routes.ts';
import { whoseRecord } from './fhir/audit/record/whose.ts';
import { metadataOf } from './fhir/capability/statement.ts';
import { capability, fhirRoutes } from './fhir/rest/routes.ts';
import { authenticate } from './http/authenticate.ts';
import { at, below, readAt } from './http/below.ts';
import { binaryBody, fhirBody, ifSent, jsonBody } from './http/body.ts';
import { clearHost } from './http/called-at.ts';
import { shownCertificate } from './http/client-certificate.ts';
import { consoleFiles } from './http/console-files.ts';
import { errorHandler } from './http/error-handler.ts';
import { type Front, frontOf } from './http/front.ts';
import { health } from './http/health.ts';
import { inOrder } from './http/in-order.ts';
import { rateLimits } from './http/limits/rate-limits.ts';
import { loopbackOnly } from './http/loopback-only.ts';
import { knownMediaType } from './http/media-type.ts';
import { nameActs } from './http/name-acts.ts';
import { notFound } from './http/not-found.ts';
import { notKept } from './http/not-kept.ts';
import { fhirPermissions, permissions } from './http/permissions.ts';
import { proxiedCertificates } from './http/proxied-certificate.ts';
import { recordReads } from './http/record-reads.ts';
import { requestId } from './http/request-id.ts';
import { securityHeaders } from './http/security-headers.ts';
import { loopRoutes } from './loops/routes.ts';
import { savedFilterRoutes } from './loops/saved/routes.ts';
import { measureRoutes } from './measures/routes.ts';
import { openApiDocument } from './openapi.ts';
import { planRoutes } from './plans/routes.ts';
import { clientAnswerRoutes, confirmationRoutes } from './referrals/confirmation/routes.ts';
import { mayBeMessage, noteFetched } from './referrals/conversation/read-messages.ts';
import { conversationRoutes } from './referrals/conversation/routes.ts';
import { mailboxDoor, mailboxRoutes } from './referrals/mailbox/routes.ts';
import { onceOnly } from './referrals/repeated-bundle.ts';
import { referralRoutes } from './referrals/routes.ts';
import { disclosureRoutes } from './reports/disclosures/routes.ts';

/** The front hall: what every request passes, in this order. */
export function createApp(deps: Deps): Front {
  const { config } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.TRUSTED_PROXIES?.split(',') ?? false);
  const limits = rateLimits(deps);
  const [whoCalls, json] = [inOrder(authenticate(deps), limits.callers), jsonBody(config)];
  const anybody = inOrder(limits.strangers, ...(deps.onLoopback ? [loopbackOnly] : []));
  const fhir = inOrder(notKept, anybody, fhirHall(deps, whoCalls, json));
  const named = inOrder(requestId, securityHeaders(config), clearHost, shownCertificate(proxiedCertificates(config)));
  // An address with the name of the host in it is known to the router.
  app.use('/fhir/R4', fhir);
  app.get('/health', health(deps.db));
  app.use(['/fhir', '/api', '/oauth'], notKept);
  app.use(anybody);
  app.use(tokenRoutes(deps));
  app.use(ownKeyRoutes(deps));
  app.get('/api/openapi.json', (_request, response) => void response.json(openApiDocument()));
  app.use('/api', signInRoutes(deps), providerSignInRoutes(deps), clientAnswerRoutes(deps), mailboxDoor(deps));
  app.use(['/fhir', '/api'], whoCalls);
  const whose = (type: string, id: string) => whoseRecord(deps.db, type, id);
  app.use('/api', permissions, recordReads(deps.record, whose), nameActs);
  app.use(json);
  app.use(knownMediaType);
  app.use(
    '/api',
    accessRoutes(deps),
    sessionRoutes(deps),
    peopleRoutes(deps),
    providerRoutes(deps),
    breakGlassRoutes(deps),
    loopRoutes(deps),
    savedFilterRoutes(deps),
    measureRoutes(deps),
    referralRoutes(deps),
    conversationRoutes(deps),
    confirmationRoutes(deps),
    mailboxRoutes(deps),
    deliveryRoutes(deps),
    planRoutes(deps),
    disclosureRoutes(deps),
    credentialRoutes(deps),
    calendarRoutes(deps),
    consentRoutes(deps),
  );
  // After the API: they are looked for on the disk.
  app.use(consoleFiles());
  app.use(notFound);
  const onError = errorHandler(deps.log, deps, limits.noteStranger);
  app.use(onError);
  return frontOf(app, inOrder(named, below('/fhir/R4', fhir)), onError);
}

/** What is asked of the FHIR API passes this, in this order. Nothing comes after it. */
function fhirHall(deps: Deps, whoCalls: RequestHandler, json: RequestHandler): RequestHandler {
  const { config, store } = deps;
  const metadata = metadataOf(config, store.now(), deps.operations, tokenEndpoint(config));
  return inOrder(
    readAt(DISCOVERY_PATH, discovery(deps)),
    at('/metadata', capability(metadata)),
    whoCalls,
    fhirPermissions,
    ifSent(...binaryBody(config), json, ...fhirBody(config), knownMediaType),
    fhirRoutes({
      config,
      store,
      operations: deps.operations,
      metadata,
      aroundTransaction: onceOnly,
      onRead: async (caller, resource) => {
        await acknowledgeByReading(store, caller, resource);
        await noteFetched(store, caller, resource);
      },
      readMatters: (type, json) => mayAcknowledge(type, json) || mayBeMessage(type, json),
      readStanding: deps.readStanding,
      record: deps.record,
    }),
  );
}

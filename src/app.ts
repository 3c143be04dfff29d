import express, { type Express } from 'express';
import helmet from 'helmet';
import { accessRoutes } from './access/routes.ts';
import { acknowledgeByReading } from './deliveries/read-receipt.ts';
import { deliveryRoutes } from './deliveries/routes.ts';
import type { Deps } from './deps.ts';
import { capabilityRoutes, fhirRoutes } from './fhir/rest/routes.ts';
import { authenticate } from './http/authenticate.ts';
import { binaryBody, fhirBody, jsonBody } from './http/body.ts';
import { consoleFiles } from './http/console-files.ts';
import { errorHandler } from './http/error-handler.ts';
import { healthRoutes } from './http/health.ts';
import { loopbackOnly } from './http/loopback-only.ts';
import { knownMediaType } from './http/media-type.ts';
import { notFound } from './http/not-found.ts';
import { requestId } from './http/request-id.ts';
import { loopRoutes } from './loops/routes.ts';
import { openApiDocument } from './openapi.ts';
import { planRoutes } from './plans/routes.ts';
import { onceOnly } from './referrals/repeated-bundle.ts';
import { referralRoutes } from './referrals/routes.ts';

/** The front hall: what every request passes, in this order. */
export function createApp(deps: Deps): Express {
  const { config, store } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.use(requestId);
  app.use(helmet(securityHeaders()));
  app.use(healthRoutes(deps.db));
  if (deps.trustsThisMachine) app.use(loopbackOnly);
  app.use(consoleFiles());
  app.get('/api/openapi.json', (_request, response) => void response.json(openApiDocument()));
  app.use('/fhir/R4', capabilityRoutes({ config, store, operations: deps.operations }));
  app.use(['/fhir', '/api'], authenticate(deps));
  app.use('/fhir/R4/Binary', binaryBody(config));
  app.use(jsonBody(config));
  app.use('/fhir', fhirBody(config));
  app.use(knownMediaType);
  app.use(
    '/fhir/R4',
    fhirRoutes({
      config,
      store,
      operations: deps.operations,
      aroundTransaction: onceOnly,
      onRead: (caller, resource) => acknowledgeByReading(store, caller, resource),
    }),
  );
  app.use('/api', accessRoutes(deps), loopRoutes(deps), referralRoutes(deps), deliveryRoutes(deps), planRoutes(deps));
  app.use(notFound);
  app.use(errorHandler(deps.log));
  return app;
}

function securityHeaders(): Parameters<typeof helmet>[0] {
  return {
    contentSecurityPolicy: {
      directives: {
        'upgrade-insecure-requests': null,
        'script-src': ["'self'"],
        'style-src': ["'self'"],
      },
    },
    strictTransportSecurity: false,
  };
}

import type { NextFunction, Request, RequestHandler, Response } from 'express';

/**
 * A rule for what is asked below a path, which sees the rest of the address: as `app.use(path, rule)`. For what most requests are:
 * the router would look at the address once for every rule before it.
 * @param path e.g. `/fhir/R4`; letters count in either case
 */
export function below(path: string, rule: RequestHandler): RequestHandler {
  const isBelow = new RegExp(`^${path}(?=[/?]|$)`, 'i');
  return (request, response, next) => {
    if (isBelow.test(request.url)) return asIfAt(path, rule, request, response, next);
    next();
    return undefined;
  };
}

function asIfAt(path: string, rule: RequestHandler, request: Request, response: Response, next: NextFunction): unknown {
  const { url, baseUrl } = request;
  const rest = url.slice(path.length);
  request.baseUrl = path;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  return rule(request, response, (thrown?: unknown) => {
    request.baseUrl = baseUrl;
    request.url = url;
    next(thrown);
  });
}

/** A rule for what is asked at one path, as `app.all(path, rule)`. */
export function at(path: string, rule: RequestHandler): RequestHandler {
  const isThere = new RegExp(`^${path}/?$`, 'i');
  return (request, response, next) => {
    if (isThere.test(request.path)) return rule(request, response, next);
    next();
    return undefined;
  };
}

/** A rule for what is read at one path, as `app.get(path, rule)`. */
export function readAt(path: string, rule: RequestHandler): RequestHandler {
  return at(path, (request, response, next) => {
    if (READS.has(request.method)) return rule(request, response, next);
    next();
    return undefined;
  });
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

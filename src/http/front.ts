import type { RequestListener } from 'node:http';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';

/** What a server has answer: the app, and before it what most requests are for. */
export interface Front {
  readonly app: Express;
  readonly answer: RequestListener;
}

/**
 * Has requests pass a hall before the app: its router would look at the address of each, and make several things of it that
 * nothing here asks for. What the hall lets pass is the app's.
 * @param hall rules for all that is asked; requests and answers are already those of the app (`bornFor`)
 * @param onError answers what was thrown there
 */
export function frontOf(app: Express, hall: RequestHandler, onError: ErrorRequestHandler): Front {
  const answer = (request: Request, response: Response): void => {
    request.res = response;
    request.baseUrl = '';
    request.originalUrl = request.url;
    hall(request, response, (thrown?: unknown) => {
      if (thrown === undefined) {
        app(request, response);
        return;
      }
      const giveUp = (): void => void request.socket.destroy();
      void Promise.try(onError, thrown, request, response, giveUp).catch(giveUp);
    });
  };
  return { app, answer: answer as unknown as RequestListener };
}

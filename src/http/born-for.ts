import { IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Express } from 'express';
import type { HasSaid } from './say.ts';

/**
 * Has the server make requests and answers as the app works with them. Else express changes what each of them is after it was
 * made, and all that is done with it from then on is slower.
 * @see https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/Object/setPrototypeOf
 */
export function bornFor(app: Express): Born {
  class AppRequest extends IncomingMessage {}
  class AppResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> implements HasSaid {
    readonly locals: object = Object.create(null) as object;
    readonly said: string[] = [];

    override writeHead(status: number, ...rest: Rest): this {
      if (rest.length === 0 && this.getHeaderNames().length === 0) return super.writeHead(status, this.said);
      for (let at = 0; at < this.said.length; at += 2) {
        const [name, value] = this.said.slice(at, at + 2) as [string, string];
        if (!this.hasHeader(name)) this.setHeader(name, value);
      }
      return super.writeHead(status, ...(rest as [Headers?]));
    }
  }
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

interface Born {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse;
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];
type Rest = [reason?: string | undefined, headers?: Headers | undefined] | [headers?: Headers | undefined];

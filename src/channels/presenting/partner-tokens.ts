import { ASSERTION_TYPE } from '../../access/tokens/issue.ts';
import type { Credential } from '../../directory/credentials/credential.ts';
import type { KeptCredential } from '../../directory/credentials/store.ts';
import type { Outbound } from '../../outbound/outbound.ts';
import { fromThrown } from '../http-outcome.ts';
import { readJson } from '../read-json.ts';
import { NotPresented } from './not-presented.ts';

const TIMEOUT_MS = 5_000;
const LARGEST_ANSWER = 64 * 1024;
const TOKEN = /^[\x21-\x7e]{1,8000}$/;
/** Where the partner does not say how long a token is good. */
const USUAL_LIFE_S = 300;
const LONGEST_LIFE_S = 3_600;
/** A token is not presented in its last seconds: it could end on the way. */
const MARGIN_S = 30;
const MOST_REMEMBERED = 1_000;

type Backend = Extract<Credential, { kind: 'smart-backend' }>;

/** Tokens that partners' servers have given the hub, as one process remembers them. */
export interface PartnerTokens {
  /**
   * A token for a server.
   * @param refused the one that the server does not take any more
   * @throws NotPresented
   */
  tokenFor(kept: KeptCredential, backend: Backend, signal: AbortSignal, refused?: string): Promise<string>;
}

export interface PartnerTokenDeps {
  readonly outbound: Outbound;
  readonly now: () => Date;
  /** Signs who the hub is. */
  readonly sign: (clientId: string, tokenUrl: string) => Promise<string>;
}

interface Given {
  readonly token: string;
  readonly goodUntil: number;
}

/**
 * Asks partners' servers for tokens as a SMART backend service, and remembers them, in memory only, until shortly before
 * they end. Who asks at the same time waits for the same answer.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#obtain-access-token
 */
export function partnerTokens(deps: PartnerTokenDeps): PartnerTokens {
  const remembered = new Map<string, Promise<Given>>();
  return {
    tokenFor: async ({ endpointId, setAt }, backend, signal, refused) => {
      const key = `${endpointId} ${setAt.getTime()}`;
      const known = await remembered.get(key)?.catch(() => undefined);
      if (known && known.token !== refused && known.goodUntil > deps.now().getTime()) return known.token;
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      const asked = ask(deps, backend, signal);
      remembered.set(key, asked);
      return (await asked).token;
    },
  };
}

async function ask(
  deps: PartnerTokenDeps,
  { tokenUrl, clientId, scope }: Backend,
  signal: AbortSignal,
): Promise<Given> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await deps.sign(clientId, tokenUrl),
  });
  const asked = deps.now().getTime();
  const { status, body } = await post(deps.outbound, tokenUrl, form, signal);
  return readAnswer(status, body, asked);
}

async function post(
  outbound: Outbound,
  tokenUrl: string,
  form: URLSearchParams,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown }> {
  try {
    const response = await outbound.call(tokenUrl, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return { status: response.status, body: await readJson(response, LARGEST_ANSWER) };
  } catch (thrown) {
    const { kind, code } = fromThrown(thrown);
    // Whatever became of the question, what was to be delivered has not been sent.
    throw new NotPresented({ kind: kind === 'rejected' ? 'rejected' : 'retry', code: `token-${code}` });
  }
}

/** Pure. @throws NotPresented */
function readAnswer(status: number, body: unknown, asked: number): Given {
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    throw new NotPresented({ kind: 'rejected', code: `token-http-${status}` });
  }
  const { access_token: token, expires_in: said } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (status !== 200 || typeof token !== 'string' || !TOKEN.test(token)) {
    throw new NotPresented({ kind: 'retry', code: status === 200 ? 'token-unreadable' : `token-http-${status}` });
  }
  const life = Math.min(typeof said === 'number' && said > 0 ? said : USUAL_LIFE_S, LONGEST_LIFE_S);
  return { token, goodUntil: asked + (life - MARGIN_S) * 1_000 };
}

import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { SecretKeys } from '../../secrets/keys.ts';
import { requireKey } from '../../secrets/seal.ts';
import { keyOf } from '../store/required.ts';
import type { WriteRule } from '../store/transact.ts';
import type { Stored, UnitOfWork } from '../store/unit-of-work.ts';
import { isMasked, meantBy } from './header-values.ts';
import { forgetHeaders, keepHeaders, keptHeaders } from './kept.ts';
import { HEADER_TYPES, type Headers, headersIn, withoutHeaders } from './within.ts';

/**
 * The values of headers that Endpoints and Subscriptions hold are credentials: they are sealed beside the resource, and
 * nothing that is stored, answered or sent holds them. Come after the rules that look at them.
 * @see https://hl7.org/fhir/R4/subscription-definitions.html#Subscription.channel.header
 */
export function sealHeaders(keys: SecretKeys): WriteRule {
  return {
    types: ['*'],
    check: async ({ before, after }, unit) => {
      const [was, is] = [headersIn(before), headersIn(after)];
      if (is) await keep(keys, unit, after, is, was);
      else if (was) await forgetHeaders(unit.tx, keyOf(after.resourceType, after.id));
      return withoutHeaders(after);
    },
    settle: async ({ type, id, before, after }, unit) => {
      if (!after && HEADER_TYPES.some((each) => each === type) && headersIn(before)) {
        await forgetHeaders(unit.tx, keyOf(type, id));
      }
    },
  };
}

async function keep(
  keys: SecretKeys,
  unit: UnitOfWork,
  after: Stored,
  is: Headers,
  was: Headers | undefined,
): Promise<void> {
  requireKey(keys, is.expression);
  const owner = keyOf(after.resourceType, after.id);
  const usesKept = is.headers.some(isMasked);
  if (usesKept && was && originOf(was.address) !== originOf(is.address)) throw refused(after, is, ELSEWHERE);
  const kept = usesKept && was ? ((await keptHeaders(unit.tx, keys, owner)) ?? []) : [];
  const meant = meantBy(is.headers, kept);
  if (!meant) throw refused(after, is, NOT_KEPT);
  await keepHeaders(unit.tx, keys, owner, meant);
}

const ELSEWHERE =
  'The address is on another server than before, and the values of the headers are secrets of that one. Send them anew, or leave the headers out.';
const NOT_KEPT =
  'This header is masked, as headers are shown, and no value is kept that it could stand for. Send the value itself.';

function refused(resource: Resource & { id: string }, { expression }: Headers, text: string): AppError {
  return new AppError('unprocessable', 'secrets.header', text, {
    issues: [{ text, expression }],
    subject: { type: resource.resourceType, id: resource.id },
  });
}

function originOf(address: string): string | undefined {
  return URL.parse(address)?.origin;
}

import type { Caller } from '../../caller.ts';
import type { Interaction } from '../../rest/interaction.ts';

const TYPE = 'Provenance';
/** Whether a caller is shown Provenances that the hub makes: of organizations' programs and people, only a client in its own record. Pure. */
export function seesHubsProvenance({ kind, view }: Pick<Caller, 'kind' | 'view'>): boolean {
  return kind !== 'client' || view?.kind === 'own-record';
}

/**
 * Whether the answer to a read, a search, or a write on a condition may hold, or depend on, Provenances that the hub makes:
 * then they are brought up to date first. Operations do so themselves, when they know what they are asked. Pure.
 */
export function asksForProvenance(caller: Pick<Caller, 'kind' | 'view'>, asked: Interaction): boolean {
  if (asked.address.kind === 'operation' || !seesHubsProvenance(caller)) return false;
  return isAddressed(asked) || namesIt(asked.params) || (asked.ifNoneExist ?? '').includes(TYPE);
}

function isAddressed({ address, params, method, ifNoneExist }: Interaction): boolean {
  switch (address.kind) {
    case 'type':
      return address.type === TYPE && (method !== 'POST' || ifNoneExist !== undefined);
    case 'history':
    case 'search':
    case 'compartment':
      return address.type === TYPE || (address.type === undefined && isAmong(params));
    case 'system':
      return isAmong(params);
    default:
      return false;
  }
}

/** Whether it is among the types that are asked for: all, where none is named. */
function isAmong(params: Interaction['params']): boolean {
  const types = params.filter(([name]) => name === '_type').flatMap(([, value]) => value.split(','));
  return types.length === 0 || types.includes(TYPE);
}

/** `_revinclude=Provenance:target`, `_has:Provenance:…`, and whatever else goes by it. */
function namesIt(params: Interaction['params']): boolean {
  return params.some(
    ([name, value]) =>
      name.includes(TYPE) || value.includes(TYPE) || (name.startsWith('_rev') && value.startsWith('*')),
  );
}

import { AppError } from '../../errors.ts';

import { APART } from '../search/apart.ts';
import type { TypedParameter } from '../search/conditions/context.ts';
import { onlyShown } from '../search/filters/only-shown.ts';
import { indexKeys } from '../search/parameters/index-keys.ts';
import { parametersOf } from '../search/parameters/parameter.ts';
import type { Within } from '../search/request/search-request.ts';
import { compartmentOf, hasCompartment } from './compartment.ts';

/** Where a search looks for what belongs to a resource. A resource is in its own compartment. */
export interface CompartmentAddress {
  /** The type and the id of the resource it belongs to. */
  readonly compartment: string;
  readonly id: string;
  /** The type that is searched; undefined: whatever belongs to it. */
  readonly type: string | undefined;
}

/**
 * A search's limits to what belongs to a resource.
 * @throws AppError (404) when resources of the type searched never belong to one of this type
 * @see https://hl7.org/fhir/R4/search.html#2.21.1.2
 */
export function withinCompartment({ compartment, id, type }: CompartmentAddress, base: string): Within {
  const types = type === undefined ? searchedTypes(compartment) : [requireMember(compartment, type)];
  const path = `${compartment}/${id}/${type ?? '*'}`;
  const local = `${compartment}/${id}`;
  return {
    path,
    types,
    condition: (wanted) => {
      const keys = wanted.flatMap((each) =>
        linksOf(compartment, each).flatMap((code) =>
          [local, `${base}/${local}`].flatMap((reference) => indexKeys(each, code, reference)),
        ),
      );
      const links = onlyShown({ kind: 'keys', keys: [...new Set(keys)] }, parametersIn(compartment, wanted));
      const isAmong = wanted.includes(compartment);
      return isAmong ? { kind: 'any', conditions: [links, { kind: 'itself', type: compartment, id }] } : links;
    },
  };
}

/** The search parameters by which resources of some types belong to one of another. */
function parametersIn(compartment: string, types: readonly string[]): TypedParameter[] {
  return types.flatMap((type) =>
    linksOf(compartment, type).flatMap((code) => {
      const parameter = parametersOf(type).get(code);
      return parameter ? [{ type, parameter }] : [];
    }),
  );
}

/** The search parameters of a type that say to which resource its resources belong. */
export function linksOf(compartment: string, type: string): readonly string[] {
  return (hasCompartment(compartment) && compartmentOf(compartment).get(type)) || [];
}

function searchedTypes(compartment: string): string[] {
  const members = hasCompartment(compartment) ? [...compartmentOf(compartment).keys()] : [];
  return [...new Set([...members, compartment])].filter((type) => type !== APART).sort();
}

function requireMember(compartment: string, type: string): string {
  if (type === compartment || linksOf(compartment, type).length > 0) return type;
  const text = `There is no ${type} in the compartment of a ${compartment}. Search ${type} itself, by the parameters its metadata lists.`;
  throw new AppError('notFound', 'address.not-in-compartment', text);
}

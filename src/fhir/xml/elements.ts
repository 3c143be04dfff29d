import { modelOf, type TypeModel, typeOf } from '../validate/definitions/model.ts';

export const FHIR_NAMESPACE = 'http://hl7.org/fhir';
export const XHTML_NAMESPACE = 'http://www.w3.org/1999/xhtml';

/** Where an element stands among those of its parent, and what it is. */
export interface Place {
  readonly at: number;
  readonly type: string;
  readonly isArray: boolean;
}

/** The places of a type's elements by their names in a document (`valueString` is a `value[x]`). */
export type Places = ReadonlyMap<string, Place>;

const NONE: Places = new Map();
const known = new WeakMap<TypeModel, Places>();

/** The places of a resource type, a data type or a part of one (`Patient.contact`), in the order of its definition. */
export function placesOf(type: string): Places {
  const found = modelOf(type);
  // Beside its value, a primitive has what every element has.
  const model = found?.kind === 'primitive' ? modelOf('Element') : found;
  if (!model) return NONE;
  const places = known.get(model) ?? readPlaces(model);
  known.set(model, places);
  return places;
}

function readPlaces({ elements }: TypeModel): Places {
  const places = elements.map((element, at): [string, Place] => {
    const isArray = !element.isChoice && element.rules.isList;
    return [element.key, { at, type: typeOf(element), isArray }];
  });
  return new Map(places);
}

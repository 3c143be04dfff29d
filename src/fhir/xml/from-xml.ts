import type { Resource } from '@medplum/fhirtypes';
import { holdsWhatHolds, keepText, withNumbersOf } from '../../db/written-numbers.ts';
import { AppError } from '../../errors.ts';
import { isKnownType } from '../definitions.ts';
import { modelOf } from '../validate/definitions/model.ts';
import { type Places, placesOf } from './elements.ts';
import { parseXml, type XmlElement } from './parse-xml.ts';

/**
 * A resource from its XML form. What the definitions do not know is kept, so that validation can name it.
 * @throws AppError when it is not well formed, or no resource
 * @see https://hl7.org/fhir/R4/xml.html
 */
export function fromXml(text: string, deepest?: number): Resource {
  return resourceOf(parseXml(text, deepest));
}

type Json = Record<string, unknown>;

function resourceOf(element: XmlElement): Resource {
  const { name } = element;
  if (!isKnownType(name)) {
    const shown = /^[A-Za-z]{1,40}$/.test(name) ? `<${name}>` : 'The root element';
    throw new AppError('invalid', 'resource.unknown-type', `${shown} is not an R4 resource type.`);
  }
  const content = contentOf(element, name);
  return withNumbersOf(content, { resourceType: name, ...content }) as unknown as Resource;
}

/** Keeps how numbers are written, where that is not how they would be. */
function keepNumbers(content: Json, name: string, texts: Values['texts']): void {
  const value = content[name];
  for (const [at, text] of texts) {
    if (String(Number(text)) === text) continue;
    if (Array.isArray(value)) keepText(value, String(at), text);
    else keepText(content, name, text);
  }
}

function textIn(child: XmlElement | { readonly xhtml: string }): string {
  return 'attributes' in child ? (child.attributes.value ?? '') : '';
}

interface Values {
  /** Which of the values are numbers, and how they are written. */
  readonly texts: [at: number, text: string][];
  readonly isArray: boolean;
  readonly values: (unknown | null)[];
  readonly extras: (Json | null)[];
}

function contentOf({ attributes, children }: XmlElement, type: string): Json {
  const places = placesOf(type);
  const found = new Map<string, Values>();
  for (const child of children) {
    const name = 'xhtml' in child ? 'div' : child.name;
    const { value, extra, isArray } = 'xhtml' in child ? narrative(child.xhtml) : read(child, places);
    const known = found.get(name) ?? { isArray, values: [], extras: [], texts: [] };
    if (typeof value === 'number') known.texts.push([known.values.length, textIn(child)]);
    known.values.push(value ?? null);
    known.extras.push(extra ?? null);
    found.set(name, known);
  }
  const { value: _value, ...named } = attributes;
  const content = {
    ...named,
    ...Object.fromEntries([...found].flatMap(([name, values]) => propertiesOf(name, values))),
  };
  for (const [name, { texts }] of found) keepNumbers(content, name, texts);
  for (const inner of Object.values(content)) holdsWhatHolds(content, inner);
  return content;
}

/** A property and, where it has extensions or ids, the one beside it. @see https://hl7.org/fhir/R4/json.html#primitive */
function propertiesOf(name: string, { isArray, values, extras }: Values): [string, unknown][] {
  // More than one of what may be there once is left for validation to refuse.
  const many = isArray || values.length > 1;
  const properties: [string, unknown][] = [];
  if (values.some((value) => value !== null)) properties.push([name, many ? values : values[0]]);
  if (extras.some((extra) => extra !== null)) properties.push([`_${name}`, many ? extras : extras[0]]);
  return properties;
}

interface Value {
  readonly value?: unknown;
  readonly extra?: Json | undefined;
  readonly isArray: boolean;
}

function narrative(xhtml: string): Value {
  return { value: xhtml, isArray: false };
}

function read(element: XmlElement, siblings: Places): Value {
  const place = siblings.get(element.name);
  const isArray = place?.isArray ?? false;
  const [inner] = element.children;
  if (holdsResource(place?.type) && inner && !('xhtml' in inner)) return { value: resourceOf(inner), isArray };
  const content = contentOf(element, place?.type ?? '');
  const { value } = element.attributes;
  if (value === undefined && !isPrimitive(place?.type)) return { value: content, isArray };
  const extra = Object.keys(content).length > 0 ? content : undefined;
  return { value: value === undefined ? undefined : primitive(value, place?.type ?? ''), extra, isArray };
}

/** Whether a resource stands within an element: of any type, or of one (`Bundle.entry.response.outcome`). */
function holdsResource(type: string | undefined): boolean {
  return type !== undefined && (type === 'Resource' || isKnownType(type));
}

function isPrimitive(type: string | undefined): boolean {
  return type !== undefined && modelOf(type)?.kind === 'primitive';
}

const NUMBERS: ReadonlySet<string> = new Set(['integer', 'decimal', 'positiveInt', 'unsignedInt']);

function primitive(text: string, type: string): unknown {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (NUMBERS.has(type) && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return Number(text);
  return text;
}

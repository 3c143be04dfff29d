/**
 * How numbers were written: `1.0` is to be read back as `1.0`, though a number of this language is then 1. Where a
 * number would be written otherwise than it came, its text is kept beside the object or list that holds it, and
 * JSON.stringify writes that. Nothing is kept, and nothing costs more, where no number is such.
 * @see https://hl7.org/fhir/R4/datatypes.html#decimal
 */
const texts = new WeakMap<object, Map<string, string>>();

/** What holds such a number, or something that does: to be passed over quickly where nothing does. */
const holding = new WeakSet<object>();

/** A number that ends with a zero after its point, has an exponent, more digits than a number holds, or is -0. */
const UNUSUAL = /[:,[]\s*(?:-0[\s,}\]]|-?\d+(?:\.\d*0[\s,}\]]|(?:\.\d+)?[eE]|[\d.]{15}))/;

/** Whether JSON may hold a number that would be written otherwise than it came. Some texts look like it and hold none. */
export function mayHoldUnusualNumbers(json: string): boolean {
  return UNUSUAL.test(json);
}

/** JSON as JSON.parse reads it, and how its numbers were written is kept. @throws SyntaxError when it is none */
export function parseJson(json: string): unknown {
  return mayHoldUnusualNumbers(json) ? (JSON.parse(json, keeping as Reviver) as unknown) : JSON.parse(json);
}

type Reviver = (this: unknown, key: string, value: unknown) => unknown;

/** Called from the inside out, with what the value stands in. */
function keeping(this: object, key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value === 'number') {
    if (source !== undefined && String(value) !== source) keepText(this, key, source);
  } else if (isHolding(value)) holding.add(this);
  return value;
}

/** Keeps how the number at a place of an object or list was written. */
export function keepText(owner: object, key: string, text: string): void {
  const known = texts.get(owner);
  if (known) known.set(key, text);
  else {
    texts.set(owner, new Map([[key, text]]));
    Object.setPrototypeOf(owner, Array.isArray(owner) ? EXACT_LIST : EXACT_OBJECT);
  }
  holding.add(owner);
}

/** Says of an object that it holds such numbers, where what stands in it does. */
export function holdsWhatHolds(owner: object, inner: unknown): void {
  if (Array.isArray(inner)) for (const each of inner) holdsWhatHolds(inner, each);
  if (isHolding(inner)) holding.add(owner);
}

/** How a number was written, where that is not how it would be written anyway. */
export function textOf(owner: object, key: string): string | undefined {
  const text = texts.get(owner)?.get(key);
  // It may have been given another value since.
  return text !== undefined && Number(text) === (owner as Json)[key] ? text : undefined;
}

type Json = Readonly<Record<string, unknown>>;

const writing = { value: toJson, enumerable: false };
const EXACT_OBJECT = Object.create(Object.prototype, { toJSON: writing }) as object;
const EXACT_LIST = Object.create(Array.prototype, { toJSON: writing }) as object;

function toJson(this: object): unknown {
  const copy = (Array.isArray(this) ? [...this] : { ...this }) as Record<string, unknown>;
  for (const key of texts.get(this)?.keys() ?? []) {
    const text = textOf(this, key);
    if (text !== undefined) copy[key] = (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(text);
  }
  return copy;
}

/**
 * Keeps for a copy how the numbers of its original were written: those that are the same at the same place.
 * @returns the copy
 */
export function withNumbersOf<T>(original: unknown, copy: T): T {
  if (isHolding(original)) carry(original, copy);
  return copy;
}

function isHolding(value: unknown): value is object {
  return typeof value === 'object' && value !== null && holding.has(value);
}

function carry(from: object, to: unknown): void {
  if (from === to || typeof to !== 'object' || to === null) return;
  for (const key of Object.keys(from)) {
    const [value, same] = [(from as Json)[key], (to as Json)[key]];
    const text = typeof value === 'number' && value === same ? textOf(from, key) : undefined;
    if (text !== undefined) keepText(to, key, text);
    if (!isHolding(value)) continue;
    carry(value, same);
    holdsWhatHolds(to, same);
  }
}

/**
 * Whether a narrative is what R4 lets it be: one well-formed `div` with content, of formatting only: no scripts, forms,
 * frames, event attributes. Reads the text once, from left to right.
 * @see https://hl7.org/fhir/R4/narrative.html#xhtml
 */
export function isSafeXhtml(text: string): boolean {
  const trimmed = text.trim();
  const open: string[] = [];
  let hasContent = false;
  let at = 0;
  while (at < trimmed.length) {
    const start = trimmed.indexOf('<', at);
    if (start < 0) return false;
    hasContent ||= trimmed.slice(at, start).trim() !== '';
    if (start > at && open.length === 0) return false;
    const tag = readTag(trimmed, start);
    if (!tag || !fits(tag, open, at === 0)) return false;
    hasContent ||= tag.name === 'img';
    at = tag.end;
    if (open.length === 0 && at < trimmed.length) return false;
  }
  return hasContent && open.length === 0;
}

interface Tag {
  readonly kind: 'open' | 'close' | 'single' | 'comment';
  readonly name: string;
  readonly end: number;
}

/** Takes a tag into the list of what is open. The first must be a `div`. */
function fits({ kind, name }: Tag, open: string[], isFirst: boolean): boolean {
  if (isFirst) return (kind === 'open' && name === 'div' && open.push(name) > 0) || false;
  if (kind === 'open') open.push(name);
  return kind !== 'close' || open.pop() === name;
}

const CLOSING = /<\/([A-Za-z][A-Za-z0-9]*)\s*>/y;
const OPENING = /<([A-Za-z][A-Za-z0-9]*)/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const ENDING = /\s*(\/?)>/y;

function readTag(text: string, at: number): Tag | undefined {
  if (text.startsWith('<!--', at)) {
    const end = text.indexOf('-->', at + 4);
    return end < 0 ? undefined : { kind: 'comment', name: '', end: end + 3 };
  }
  const closing = match(CLOSING, text, at);
  if (closing) return { kind: 'close', name: closing[1] as string, end: CLOSING.lastIndex };
  const opening = match(OPENING, text, at);
  const name = opening?.[1];
  if (name === undefined || !ELEMENTS.has(name)) return undefined;
  const from = skipAttributes(text, OPENING.lastIndex);
  const ending = from === undefined ? undefined : match(ENDING, text, from);
  return ending ? { kind: ending[1] ? 'single' : 'open', name, end: ENDING.lastIndex } : undefined;
}

/** Where the attributes of a tag end; nothing when one of them may not stand there. */
function skipAttributes(text: string, from: number): number | undefined {
  const known = new Set<string>();
  let at = from;
  for (;;) {
    const attribute = match(ATTRIBUTE, text, at);
    if (!attribute) return at;
    const [, name = '', double, single] = attribute;
    if (!ATTRIBUTES.has(name) || known.has(name) || isScript(double ?? single ?? '')) return undefined;
    known.add(name);
    at = ATTRIBUTE.lastIndex;
  }
}

/** As a browser reads an address: references in it are signs, white space and control characters are none. */
function isScript(value: string): boolean {
  const signs = value
    .replace(/&#(x[\da-f]+|\d+);?/gi, (_, code: string) => signOf(Number(/^x/i.test(code) ? `0${code}` : code)))
    .replace(/&(colon|tab|newline);/gi, (_, name: string) => (name.toLowerCase() === 'colon' ? ':' : ''));
  return /^(javascript|vbscript):/i.test(signs.replace(/[\s\p{Cc}]/gu, ''));
}

function signOf(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

const ELEMENTS = words(
  'a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd del dfn div dl dt em h1 h2 h3 h4 h5 h6 ' +
    'hr i img ins kbd li map ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var',
);

const ATTRIBUTES = words(
  'abbr accesskey align alt axis bgcolor border cellpadding cellspacing char charoff charset cite class color colspan compact coords ' +
    'datetime dir frame headers height href hreflang hspace id ID ismap lang longdesc name noshade nowrap rel rev rowspan rules scope ' +
    'shape size span src start style summary tabindex target title type usemap valign value vspace width xml:lang xml:space xmlns ' +
    'data-fhir',
);

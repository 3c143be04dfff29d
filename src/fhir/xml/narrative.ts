const XHTML_NAMESPACE = 'http://www.w3.org/1999/xhtml';

/**
 * A narrative as it may stand in XML. In JSON it is a text, in which many write what HTML knows and XML does not: `&nbsp;`,
 * a bare `&`, a `div` without its namespace. One of them would make the whole answer unreadable. Pure.
 * @see https://hl7.org/fhir/R4/narrative.html#xhtml
 */
export function narrativeAsXml(div: string): string {
  const text = withoutOddComments(div.trim())
    .replaceAll(']]>', ']]&gt;')
    .replace(REFERENCE, (_, name: string | undefined) => referenceTo(name));
  return /^<div\b[^>]*\sxmlns\s*=/.test(text) ? text : text.replace(/^<div\b/, `<div xmlns="${XHTML_NAMESPACE}"`);
}

/** Within a comment XML has no two hyphens. Read once, from left to right. */
function withoutOddComments(text: string): string {
  const [before = '', ...comments] = text.split('<!--');
  const kept = comments.map((each) => {
    const end = each.indexOf('-->');
    const inner = end < 0 ? '--' : each.slice(0, end);
    return inner.includes('--') || inner.endsWith('-') ? each.slice(end < 0 ? each.length : end + 3) : `<!--${each}`;
  });
  return before + kept.join('');
}

const REFERENCE = /&(?:(#\d+|#x[\da-f]+|[a-z][a-z\d]*);)?/gi;

function referenceTo(name: string | undefined): string {
  if (name === undefined) return '&amp;';
  if (name.startsWith('#')) return isXmlSign(numberOf(name)) ? `&${name.replace('#X', '#x')};` : '\uFFFD';
  if (OF_XML.has(name)) return `&${name};`;
  const sign = OF_HTML.get(name);
  return sign === undefined ? `&amp;${name};` : `&#${sign};`;
}

function numberOf(name: string): number {
  return /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
}

/** @see https://www.w3.org/TR/xml/#charsets */
function isXmlSign(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

const OF_XML: ReadonlySet<string> = new Set(['amp', 'lt', 'gt', 'quot', 'apos']);

/** Those of Latin-1, in its order from 160 on, and those of typography. @see https://www.w3.org/TR/html401/sgml/entities.html */
const LATIN =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot ' +
  'cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml ' +
  'Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig ' +
  'agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ' +
  'ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';

const OF_HTML: ReadonlyMap<string, number> = new Map([
  ...LATIN.split(' ').map((name, at) => [name, 160 + at] as const),
  ...Object.entries({
    ...{ OElig: 338, oelig: 339, Scaron: 352, scaron: 353, Yuml: 376, fnof: 402, circ: 710, tilde: 732, ensp: 8194 },
    ...{ emsp: 8195, thinsp: 8201, zwnj: 8204, zwj: 8205, lrm: 8206, rlm: 8207, ndash: 8211, mdash: 8212, lsquo: 8216 },
    ...{ rsquo: 8217, sbquo: 8218, ldquo: 8220, rdquo: 8221, bdquo: 8222, dagger: 8224, Dagger: 8225, bull: 8226 },
    ...{ hellip: 8230, permil: 8240, prime: 8242, Prime: 8243, lsaquo: 8249, rsaquo: 8250, euro: 8364, trade: 8482 },
    ...{ larr: 8592, uarr: 8593, rarr: 8594, darr: 8595, harr: 8596, minus: 8722, ne: 8800, le: 8804, ge: 8805 },
    ...{ alpha: 945, beta: 946, gamma: 947, delta: 948, mu: 956, Omega: 937, asymp: 8776, infin: 8734, radic: 8730 },
  }),
]);

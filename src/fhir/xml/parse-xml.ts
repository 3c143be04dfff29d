import { type SaxesAttributeNS, SaxesParser } from 'saxes';
import { AppError } from '../../errors.ts';
import { FHIR_NAMESPACE, XHTML_NAMESPACE } from './elements.ts';

/** An element of a FHIR document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (XmlElement | { readonly xhtml: string })[];
}

/** How deep elements are nested at most, unless it is said. */
const DEEPEST = 64;

/** Names are looked up in all that is around them: what is nested without end would keep the hub from everything else. */
const DEEPEST_NARRATIVE = 1_000;

/**
 * Reads FHIR XML into its elements; a narrative stays the text it is. No document type is accepted, so there are no
 * entities, external or nested.
 * @throws AppError that says in which line and column what is wrong
 * @see https://hl7.org/fhir/R4/xml.html
 */
export function parseXml(text: string, deepest = DEEPEST): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const fail = (why: string): never => {
    throw refused(why, parser.line, parser.column);
  };
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let xhtml: { readonly from: number; depth: number } | undefined;

  parser.on('error', (error) => fail(error.message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')));
  parser.on('doctype', () => fail('a document type (<!DOCTYPE …>) is not accepted'));
  parser.on('opentag', ({ local, uri, attributes, prefix }) => {
    if (xhtml) {
      xhtml.depth += 1;
      if (xhtml.depth > DEEPEST_NARRATIVE) fail(`a narrative is nested more than ${DEEPEST_NARRATIVE} deep`);
      return;
    }
    const parent = open.at(-1);
    if (uri === XHTML_NAMESPACE && local === 'div' && parent) {
      if (prefix) fail('a narrative is written without prefixes: <div xmlns="http://www.w3.org/1999/xhtml">');
      // A `<` stands in no attribute, so the last one opened this tag.
      xhtml = { from: text.lastIndexOf('<', parser.position - 1), depth: 1 };
      return;
    }
    if (uri !== FHIR_NAMESPACE) fail(`<${local}> is not in the namespace ${FHIR_NAMESPACE}`);
    if (open.length >= deepest) fail(`elements are nested more than ${deepest} deep`);
    const element: XmlElement = { name: local, attributes: plain(attributes), children: [] };
    if (parent) parent.children.push(element);
    else root = element;
    open.push(element);
  });
  parser.on('closetag', () => {
    if (!xhtml) {
      open.pop();
      return;
    }
    xhtml.depth -= 1;
    if (xhtml.depth > 0) return;
    open.at(-1)?.children.push({ xhtml: text.slice(xhtml.from, parser.position) });
    xhtml = undefined;
  });
  parser.on('text', (said) => {
    if (!xhtml && said.trim()) fail('text stands between elements; values of FHIR are attributes');
  });
  parser.on('cdata', () => {
    if (!xhtml) fail('text stands between elements; values of FHIR are attributes');
  });
  parser.write(text).close();
  return root ?? fail('it holds no element');
}

function plain(attributes: Readonly<Record<string, SaxesAttributeNS>>): Record<string, string> {
  const own = Object.values(attributes).filter(({ prefix, local }) => prefix === '' && local !== 'xmlns');
  return Object.fromEntries(own.map(({ local, value }) => [local, value]));
}

function refused(why: string, line: number, column: number): AppError {
  const text = `The body is not FHIR XML: in line ${line}, column ${column}, ${why}.`;
  return new AppError('invalid', 'xml.not-readable', text);
}

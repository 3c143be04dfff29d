import fc from 'fast-check';
import { toXml } from '../../../src/fhir/xml/to-xml.ts';
import type { Asked } from './judge.ts';
import { asText, type Json, mangled, mutated, nasty } from './nasty.ts';
import { ORIGINALS } from './originals.ts';

const FHIR_JSON = 'application/fhir+json';
const types = fc.constantFrom(
  FHIR_JSON,
  FHIR_JSON,
  FHIR_JSON,
  'application/json',
  'application/json; charset=utf-16',
  'application/fhir+json; charset=x',
  'text/plain',
  'application/fhir+xml',
  'application/x-www-form-urlencoded',
  'x',
  '',
);
const headers = fc
  .tuple(
    types,
    fc.constantFrom<Record<string, string>>(
      {},
      {},
      {},
      { 'content-encoding': 'gzip' },
      { 'content-encoding': 'x' },
      { prefer: 'return=OperationOutcome' },
      { prefer: 'return=minimal' },
      { 'if-match': 'W/"1"' },
      { 'if-match': 'x' },
      { 'if-none-exist': 'identifier=|' },
      { accept: 'application/fhir+xml' },
    ),
  )
  .map(([type, more]) => ({ ...(type ? { 'content-type': type } : {}), ...more }));

const resources = fc.oneof({ weight: 6, arbitrary: mutated(ORIGINALS) }, { weight: 1, arbitrary: nasty });
const jsonTexts = fc.oneof(
  { weight: 5, arbitrary: resources.map(asText) },
  { weight: 1, arbitrary: mangled(ORIGINALS.map((each) => JSON.stringify(each))) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '[',
      '{"a":',
      '﻿{}',
      '[1e999]',
      `${'['.repeat(20_000)}`,
      `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
      `{"resourceType":"Patient","x":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
      '{"resourceType":"Patient","resourceType":"Task"}',
    ),
  },
);

export const typeOf = (text: string): string => /"resourceType":\s*"([A-Za-z]{1,30})"/.exec(text)?.[1] ?? 'Patient';
const json = (text: string, said: Record<string, string>): Asked[] => {
  const type = typeOf(text);
  return [
    { method: 'POST', path: `/fhir/R4/${type}`, headers: said, body: text },
    {
      method: 'PUT',
      path: `/fhir/R4/${type}/${/"id":"([A-Za-z0-9.-]{1,64})"/.exec(text)?.[1] ?? 'x'}`,
      headers: said,
      body: text,
    },
  ];
};

export const jsonBodies: fc.Arbitrary<Asked> = fc
  .tuple(jsonTexts, headers, fc.nat(1))
  .map(([text, said, at]) => json(text, said)[at] as Asked);
export const jsonValues: fc.Arbitrary<Json> = resources;

const XMLS = [
  '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;&a;&a;">]><Patient xmlns="http://hl7.org/fhir"><id value="&c;"/></Patient>',
  '<!DOCTYPE x SYSTEM "file:///etc/passwd"><Patient xmlns="http://hl7.org/fhir"/>',
  '<Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>',
  '<Patient/>',
  '<a:Patient xmlns:a="http://hl7.org/fhir"><a:id a:value="1"/></a:Patient>',
  '<Patient xmlns="http://hl7.org/fhir"><?php x ?><!-- a -- b --><id value="1"/></Patient>',
  '<Patient xmlns="http://hl7.org/fhir"><![CDATA[ x ]]></Patient>',
  '<Patient xmlns="http://hl7.org/fhir"><text><div xmlns="http://www.w3.org/1999/xhtml"><p>&#0;</p></div></text></Patient>',
  '<Patient xmlns="http://hl7.org/fhir"><contained><Patient><contained><Patient/></contained></Patient></contained></Patient>',
  '<Patient xmlns="http://hl7.org/fhir"><__proto__ value="x"/><constructor value="y"/><resourceType value="Task"/></Patient>',
  '<?xml version="1.0" encoding="UTF-16"?><Patient xmlns="http://hl7.org/fhir"/>',
  `<Patient xmlns="http://hl7.org/fhir">${'<extension>'.repeat(70)}`,
  `<Patient xmlns="http://hl7.org/fhir"><text><div xmlns="http://www.w3.org/1999/xhtml">${'<p>'.repeat(5_000)}`,
  '',
  'x',
  '<',
];

/** XML, whole and broken. To be called when definitions are loaded. */
export function xmlTexts(): fc.Arbitrary<string> {
  const written = ORIGINALS.map((each) => toXml(each));
  const odd = mutated(ORIGINALS)
    .filter(
      (each) =>
        typeof each === 'object' && each !== null && !Array.isArray(each) && typeof each.resourceType === 'string',
    )
    .map((each) => tryXml(each));
  return fc.oneof(
    { weight: 5, arbitrary: mangled(written) },
    { weight: 1, arbitrary: mangled(XMLS) },
    { weight: 1, arbitrary: fc.constantFrom(...XMLS) },
    { weight: 2, arbitrary: odd },
  );
}

function tryXml(value: Json): string {
  try {
    return toXml(value as unknown as Parameters<typeof toXml>[0]);
  } catch {
    return '<Patient xmlns="http://hl7.org/fhir"/>';
  }
}

export function xmlBodies(): fc.Arbitrary<Asked> {
  const said = fc.constantFrom(
    'application/fhir+xml',
    'application/xml',
    'text/xml; charset=utf-8',
    'application/fhir+xml; charset=iso-8859-1',
    'application/fhir+xml; charset=utf-32',
  );
  return fc.tuple(xmlTexts(), said, fc.constantFrom('POST', 'PUT')).map(([body, type, method]) => {
    const name = /^[^a-zA-Z]*(?:\?xml[^>]*>)?<([A-Za-z]{1,30})[ >/]/.exec(body)?.[1] ?? 'Patient';
    return {
      method,
      path: method === 'POST' ? `/fhir/R4/${name}` : `/fhir/R4/${name}/x`,
      headers: { 'content-type': type },
      body,
    };
  });
}

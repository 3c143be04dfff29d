import express, { type RequestHandler } from 'express';
import type { Config } from '../config.ts';
import { XML_TYPES } from '../fhir/xml/formats.ts';
import { fromXml } from '../fhir/xml/from-xml.ts';

const JSON_TYPES = ['application/json', 'application/fhir+json', 'application/json-patch+json', 'text/json'];

/** Reads JSON bodies up to the limit. */
export function jsonBody(config: Config): RequestHandler {
  return express.json({ limit: config.BODY_LIMIT_BYTES, type: JSON_TYPES, strict: true });
}

/** Reads FHIR XML bodies, and the forms of searches, up to the limit. */
export function fhirBody(config: Config): RequestHandler[] {
  const limit = config.BODY_LIMIT_BYTES;
  return [
    express.text({ limit, type: XML_TYPES }),
    (request, _response, next) => {
      if (typeof request.body === 'string' && request.is(XML_TYPES)) request.body = fromXml(request.body);
      next();
    },
    // As text: the parameters of a search come in order, and more than once.
    express.text({ limit, type: 'application/x-www-form-urlencoded' }),
  ];
}

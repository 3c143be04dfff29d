import express, { type RequestHandler } from 'express';
import type { Config } from '../config.ts';

const JSON_TYPES = ['application/json', 'application/fhir+json', 'application/json-patch+json'];

/** Reads JSON bodies up to the limit. */
export function jsonBody(config: Config): RequestHandler {
  return express.json({ limit: config.BODY_LIMIT_BYTES, type: JSON_TYPES, strict: true });
}

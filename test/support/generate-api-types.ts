import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { openApiDocument } from '../../src/openapi.ts';

/** Where the console reads the shapes of the API. */
export const API_TYPES_FILE = fileURLToPath(new URL('../../web/api/schema.d.ts', import.meta.url));

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, JSONSchema>> };
}

/** The API's shapes as TypeScript, made from its OpenAPI document. */
export async function apiTypes(): Promise<string> {
  const { schemas } = (openApiDocument() as Document).components;
  const local = JSON.parse(
    JSON.stringify(schemas, withoutIds).replaceAll('#/components/schemas/', '#/definitions/'),
  ) as Record<string, JSONSchema>;
  const all: JSONSchema = {
    type: 'object',
    additionalProperties: false,
    definitions: local,
    properties: Object.fromEntries(Object.keys(local).map((name) => [name, { $ref: `#/definitions/${name}` }])),
    required: Object.keys(local),
  };
  return compile(all, 'Schemas', {
    bannerComment: '/* Made from the OpenAPI document by `npm run api-types`. Do not edit. */',
    additionalProperties: false,
    // Else a list of at most eight is a choice of nine tuples.
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
  });
}

function withoutIds(name: string, value: unknown): unknown {
  return name === '$id' || name === '$schema' ? undefined : value;
}

if (import.meta.main) {
  writeFileSync(API_TYPES_FILE, await apiTypes());
  console.log(`written: ${API_TYPES_FILE}`);
}

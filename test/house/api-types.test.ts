import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { openApiDocument } from '../../src/openapi.ts';
import { API_TYPES_FILE, apiTypes } from '../support/generate-api-types.ts';

describe("the console's types of the API", () => {
  test('are those of its OpenAPI document; `npm run api-types` makes them anew', async () => {
    expect(readFileSync(API_TYPES_FILE, 'utf8')).toBe(await apiTypes());
  });

  test('every address of the document says what it answers', () => {
    const { paths } = openApiDocument() as { paths: Record<string, Record<string, { responses: object }>> };
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      expect(Object.keys(operation.responses)).toContain('default');
    }
  });
});

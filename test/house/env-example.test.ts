import { expect, test } from '@jest/globals';
import { configSchema, readConfig } from '../../src/config.ts';
import { readProjectFile } from './source-files.ts';

/** `NAME=value`, or `# NAME=value` for a setting that is left at its default. */
const SETTING = /^(?:# ?)?([A-Z][A-Z0-9_]*)=(.*)$/gm;

const example = [...readProjectFile('.env.example').matchAll(SETTING)].map(([, name = '', value = '']) => ({
  name,
  value,
}));

test('.env.example names every setting of src/config.ts, once, and no other', () => {
  expect(example.map(({ name }) => name).sort()).toEqual(Object.keys(configSchema.shape).sort());
});

test('its values are the defaults', () => {
  const settings = Object.fromEntries(example.map(({ name, value }) => [name, value]));
  expect(readConfig(settings)).toEqual(readConfig({}));
});

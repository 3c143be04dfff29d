import { describe, expect, test } from '@jest/globals';
import { checkImports } from './check-imports.ts';
import { findCircles } from './import-circles.ts';
import { LAYERS } from './import-table.ts';
import { readProjectFile, readSources } from './source-files.ts';

const DEPENDENCIES = new Set(Object.keys(JSON.parse(readProjectFile('package.json')).dependencies));

describe('the house', () => {
  test('keeps its imports one way and its packages in their places', () => {
    expect(checkImports(readSources('src', 'workers', 'web'), DEPENDENCIES)).toEqual([]);
  });

  test('has no files that import each other in a circle', () => {
    expect(findCircles(readSources('src', 'workers', 'web', 'test', 'bench'))).toEqual([]);
  });
});

test('a planted circle is found', () => {
  const circle = [
    { path: 'src/a.ts', text: "import { b } from './b.ts';" },
    { path: 'src/b.ts', text: "import type { C } from './c.ts';" },
    { path: 'src/c.ts', text: "export { a } from './a.ts';" },
  ];
  expect(findCircles(circle)).toEqual(['src/a.ts → src/b.ts → src/c.ts → src/a.ts']);
});

const check = (...files: readonly (readonly [path: string, text: string])[]): string[] =>
  checkImports(
    files.map(([path, text]) => ({ path, text })),
    DEPENDENCIES,
  );

describe('a planted breach is found:', () => {
  test.each([
    ['upwards', 'src/loops/transition.ts', "import { x } from '../referrals/x.ts';", 'loops may import only'],
    ['beside', 'src/loops/store.ts', "import { x } from '../directory/match.ts';", 'loops may import only'],
    ['on the ground', 'src/errors.ts', "import { x } from './log.ts';", 'errors may import only nothing of src'],
    ['over several lines', 'src/db/pool.ts', "import {\n  a,\n  b,\n} from '../fhir/x.ts';", 'db may import only'],
    ['of types', 'src/db/pool.ts', "import type { A } from '../fhir/x.ts';", 'db may import only'],
    ['by re-export', 'src/fhir/x.ts', "export { a } from '../access/x.ts';", 'fhir may import only'],
    ['by import()', 'src/fhir/x.ts', "const a = await import('../access/x.ts');", 'fhir may import only'],
    ['for its side effect', 'src/fhir/x.ts', "import '../access/x.ts';", 'fhir may import only'],
    ['of deps, as a value', 'src/fhir/x.ts', "import { open } from '../deps.ts';", 'fhir may import only'],
    ['of http', 'src/loops/store.ts', "import { x } from '../http/x.ts';", 'loops may import only'],
    ['from a new folder', 'src/utils/x.ts', "import { x } from '../log.ts';", 'utils has no layer'],
    ['src → workers', 'src/app.ts', "import { x } from '../workers/queues.ts';", 'src imports only src'],
    ['src → test', 'src/app.ts', "import { x } from '../test/support/clock.ts';", 'src imports only src'],
    ['workers → app', 'workers/main.ts', "import { x } from '../src/app.ts';", 'workers import all of src but'],
    ['workers → http', 'workers/deliver.ts', "import { x } from '../src/http/x.ts';", 'workers import all of src but'],
    ['workers → web', 'workers/main.ts', "import { x } from '../web/build.ts';", 'workers import all of src but'],
    ['all-in-one → http', 'workers/all-in-one.ts', "import { x } from '../src/http/x.ts';", 'all-in-one imports all'],
    ['web → src', 'web/api/client.ts', "import type { X } from '../../src/loops/x.ts';", 'web imports nothing but'],
    ['bullmq', 'src/outbox/add.ts', "import { Queue } from 'bullmq';", 'bullmq and ioredis only in workers/'],
    ['express', 'src/loops/store.ts', "import { Router } from 'express';", 'express only in src/app.ts'],
    ['pg', 'src/loops/store.ts', "import { Pool } from 'pg';", 'pg and PGlite only in src/db/'],
    ['PGlite, a part of it', 'src/fhir/x.ts', "import { N } from '@electric-sql/pglite/nodefs';", 'pg and PGlite only'],
    ['sockets', 'src/intake/x.ts', "import { connect } from 'node:tls';", 'the network only in outbound/'],
    ['fetch', 'src/intake/x.ts', "const a = await fetch('http://a.test');", 'fetch only in src/outbound/'],
    ['development packages', 'src/fhir/x.ts', "import nock from 'nock';", 'only packages listed under "dependencies"'],
    [
      'a Node module without node:',
      'src/fhir/x.ts',
      "import { join } from 'path';",
      "Node's own by their `node:` name",
    ],
    ['process.env', 'workers/main.ts', 'const a = process.env.PORT;', 'process.env only in src/config.ts'],
    ['new Date()', 'src/loops/x.ts', `const a = \`at \${new Date()}\`;`, 'the clock is read only in src/deps.ts'],
    ['Date.now()', 'workers/deliver.ts', 'const a = Date.now();', 'the clock is read only in src/deps.ts'],
  ])('%s', (_name, path, text, rule) => {
    const breaches = check([path, `\n${text}\n`]);
    expect(breaches).toEqual([expect.stringContaining(rule)]);
    expect(breaches[0]).toMatch(new RegExp(`^${path}:2 `));
  });

  test('a second health check', () => {
    const text = "import { Redis } from 'ioredis';";
    expect(check(['src/http/health.ts', text])).toEqual([]);
    expect(check(['src/fhir/health.ts', text], ['src/http/health.ts', text])).toEqual([
      expect.stringContaining('src/http/health.ts:1 is a second file of src that reaches the queue'),
    ]);
  });
});

test('what the table allows is not a breach', () => {
  const clean: [string, string][] = [
    ['src/config.ts', "export const e = process.env;\nimport { z } from 'zod';"],
    ['src/deps.ts', "import { x } from './deliveries/store.ts';\nexport const now = () => new Date();"],
    ['src/db/pool.ts', "import { Pool } from 'pg';\nimport { AppError } from '../errors.ts';"],
    ['src/loops/store.ts', "import type { Deps } from '../deps.ts';\nimport { t } from './transition.ts';"],
    ['src/loops/routes.ts', "import { Router } from 'express';\nimport { limit } from '../http/rate-limit.ts';"],
    ['src/loops/policy.ts', '// new Date() and process.env\nconst a = "Date.now()"; const b = new Date(now);'],
    ['src/fhir/x.ts', "// import { x } from '../main.ts';\nimport type { Server } from 'node:http';"],
    ['src/fhir/engine.ts', "const url = 'http://a.test'; // it's fine\nexport const x = router.fetch(url);"],
    ['src/channels/webhook.ts', "import { request } from 'node:https';\nawait outbound.call('http://a.test');"],
    ['src/outbound/outbound.ts', "const a = await fetch('http://a.test');"],
    ['src/main.ts', "import { createServer } from 'node:http';\nimport { app } from './app.ts';"],
    ['workers/queues.ts', "import { Queue } from 'bullmq';\nimport { x } from '../src/deliveries/deliver.ts';"],
    ['workers/all-in-one.ts', "import { createApp } from '../src/app.ts';\nimport { x } from './relay.ts';"],
    ['web/screens/inbox.tsx', "import { useState } from 'react';\nimport { api } from '../api/client.ts';"],
  ];
  expect(check(...clean)).toEqual([]);
});

test('each subject stands in one layer', () => {
  const subjects = LAYERS.flat();
  expect(new Set(subjects).size).toBe(subjects.length);
});

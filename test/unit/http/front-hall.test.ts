import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { issueOf, openSmallHall, type SmallHall } from './small-hall.ts';

let hall: SmallHall;
beforeAll(async () => {
  hall = await openSmallHall();
});
afterAll(() => hall?.close());
const ask: SmallHall['ask'] = (...request) => hall.ask(...request);

describe('a request', () => {
  test('has the id it came with, when that is one', async () => {
    for (const id of ['abcd-1234', 'A.b_c-D12345'])
      expect((await ask('/path/1', { 'x-request-id': id })).headers['x-request-id']).toBe(id);
  });

  test.each(['', 'short', 'x'.repeat(65), 'with space here', '<script>alert'])(
    'has a new id, when it came with "%s"',
    async (id) => {
      const given = (await ask('/path/1', { 'x-request-id': id })).headers['x-request-id'];
      expect(given).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    },
  );

  test('with an id has it in the answer to a refusal too', async () => {
    expect((await ask('/nowhere', { 'x-request-id': 'abcd-1234' })).headers['x-request-id']).toBe('abcd-1234');
  });
});

describe('a hub on loopback', () => {
  test.each(['localhost', 'localhost:80', '127.0.0.1:9', '127.1.2.3', '[::1]:8080', 'LOCALHOST'])(
    'a request to %s is answered',
    async (host) => {
      expect((await ask('/path/1', { host })).status).toBe(200);
    },
  );

  test.each(['careloop.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'evil.example:80'])(
    'one to "%s" is refused',
    async (host) => {
      const answer = await ask('/path/1', { host });
      expect(answer.status).toBe(403);
      expect(issueOf(answer)).toMatchObject({
        code: 'forbidden',
        details: {
          text: 'This hub answers only programs on its own machine. Set HOST to open it to others.',
        },
      });
    },
  );

  test.each(['http://evil.example', 'http://localhost:1', 'null', 'not an address'])(
    'one from a page of %s is refused',
    async (origin) => {
      expect((await ask('/path/1', { host: 'localhost', origin })).status).toBe(403);
    },
  );

  test('one from a page of its own is answered', async () => {
    expect((await ask('/path/1', { host: 'localhost:8080', origin: 'http://localhost:8080' })).status).toBe(200);
  });
});

import { describe, expect, test } from '@jest/globals';
import { fhirPull } from '../../../src/channels/fhir-pull.ts';
import { channelFor } from '../../../src/channels/index.ts';
import { MESSAGE_KINDS } from '../../../src/outbox/messages.ts';
import { context, message } from './partner-server.ts';

describe('a partner that has only a FHIR client', () => {
  test('is one without an endpoint', () => {
    expect(channelFor(undefined)).toBe(fhirPull);
  });

  test.each(MESSAGE_KINDS.filter((kind) => kind !== 'closing'))(
    'finds what is said here the moment it is stored: %s',
    async (kind) => {
      expect(await fhirPull.send(message({ kind }), undefined, context())).toEqual({
        kind: 'delivered',
        code: 'waits-here',
      });
    },
  );

  test('knows how its referral ended only once it has read it', async () => {
    const now = new Date('2026-03-02T09:00:00Z');
    expect(await fhirPull.send(message({ kind: 'closing' }), undefined, context({ now }))).toEqual({
      kind: 'wait',
      code: 'awaits-reader',
      until: new Date('2026-03-02T10:00:00Z'),
    });
  });

  test('may be told again without harm', async () => {
    expect(await fhirPull.ask(message(), undefined, context())).toBeUndefined();
  });
});

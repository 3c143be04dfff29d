import fc from 'fast-check';
import { often } from '../arbitraries.ts';

/** A sender changes what it asks: `other`: something else; or it takes it back. */
export interface RequestCommand {
  readonly do: 'request';
  readonly what: 'other' | 'revoked' | 'entered-in-error';
}

export const requestChange = fc.record({
  do: fc.constant('request' as const),
  what: often<RequestCommand['what']>('other', 'revoked', 'entered-in-error'),
});

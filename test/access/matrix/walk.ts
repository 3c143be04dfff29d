import type { Resource } from '@medplum/fhirtypes';
import type { TestHub } from '../../support/hub.ts';
import { HUB, type Network, type Told } from '../network/told.ts';
import type { Tally } from './tally.ts';

/** Who asks: an organization's program, or (without a token) a person at the hub. */
export interface Asker {
  readonly id: string;
  readonly token: string | undefined;
}

/** What a route is walked with. */
export interface Walk {
  readonly hub: Pick<TestHub, 'url' | 'fhir'>;
  readonly network: Network;
  readonly tally: Tally;
  /** Every resource as it stands, by `Type/id`. */
  readonly contents: ReadonlyMap<string, Resource>;
}

/** Whether the story of a resource lets somebody read it. */
export function maySee(asker: Asker, { readers, restricted }: Pick<Told, 'readers' | 'restricted'>): boolean {
  if (asker.id === HUB) return restricted !== true;
  return readers.has(asker.id) || readers.has(EVERYBODY);
}

export const EVERYBODY = 'everybody';

/** Whether the story of a resource lets somebody change it. */
export function mayChange(asker: Asker, { author, owner }: Told): boolean {
  return asker.id === HUB || author === asker.id || owner === asker.id;
}

import { expect } from '@jest/globals';
import type { Consent, Patient, Task } from '@medplum/fhirtypes';
import { call, done, found } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import type { Partner } from '../../support/network.ts';
import { LABEL, STREET } from '../../unit/fhir/sharing/cases-of-subsets.ts';
import { type Sending, type Sent, sendStory } from './referral.ts';

export const PHONE = '555-0177-42';
export const HIDDEN = { city: 'Farhaven', postalCode: '98765-4321' };

/** What the hospital wrote down of where its client lives. */
export const ADDRESS: Partial<Patient> = {
  address: [{ line: [STREET], ...HIDDEN }],
  telecom: [{ system: 'phone', value: PHONE }],
};

export type Confidential = Sent & { readonly number: number; readonly id: string };

export interface Confidant {
  /** A referral of a client with a confidential address. @param consents as in `Sending` */
  send(
    to: Partner,
    more?: Partial<Sending> & { consents?: (patient: string) => readonly Consent[] },
  ): Promise<Confidential>;
  /** The raw text of an answer: its status, its headers and its body. @param path from the FHIR API, or with `/` from the hub */
  textAt(path: string, by: Partner, init?: RequestInit): Promise<string>;
  read(name: string, by?: Partner): Promise<Patient & { id: string }>;
  legOf(sent: Pick<Sent, 'root'>): Promise<Task & { id: string }>;
}

/** Sends such referrals in a hospital's name, each with a number of its own, and looks what others are told. */
export function confidantOf(hub: TestHub, hospital: Partner): Confidant {
  let number = 0;
  return {
    send: async (to, more = {}) => {
      number += 1;
      const sent = await sendStory(hub, hospital, {
        number,
        status: 'requested',
        asks: to,
        direct: false,
        others: false,
        patient: ADDRESS,
        labels: { patient: [LABEL] },
        ...more,
      });
      return { ...sent, number, id: sent.patient.split('/')[1] ?? '' };
    },
    textAt: async (path, by, init = {}) => {
      const headers = { authorization: `Bearer ${by.token}`, ...(init.headers as Record<string, string> | undefined) };
      const response = await fetch(path.startsWith('/') ? `${hub.url}${path}` : `${hub.fhir}/${path}`, {
        ...init,
        headers,
      });
      return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
    },
    read: (name, by) => done<Patient>(call('GET', `${hub.fhir}/${name}`, { token: by?.token })),
    legOf: async ({ root }) => {
      const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${root}`));
      if (!leg) throw new Error('no leg');
      return leg;
    },
  };
}

/** Nothing of the address is in a text. */
export function expectNone(text: string): void {
  for (const secret of [STREET, PHONE, ...Object.values(HIDDEN)]) expect(text).not.toContain(secret);
}

import { describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { weekdaysIn } from '../../../../src/calendars/calendar.ts';
import { project } from '../../../../src/loops/projection/project.ts';
import type { LoopRecords } from '../../../../src/loops/projection/records.ts';
import { sundayToThursday } from '../../calendars/calendars.ts';
import { delivery, leg, records, step, TERMS, task } from './records.ts';

describe('a loop row', () => {
  test('says what was asked, for whom, and by whom', () => {
    const request = {
      ...records().request,
      code: { coding: [{ code: 'x', display: 'Food assistance' }] },
      category: [
        {
          coding: [
            { code: '410606002', display: 'Social service' },
            { code: 'food-insecurity', display: 'Food Insecurity' },
          ],
        },
      ],
    };
    expect(project(records({ request, root: task('root', { priority: 'stat' }) }), TERMS)).toMatchObject({
      id: 'root',
      service: 'Food assistance',
      category: 'Food Insecurity',
      priority: 'stat',
      patient: 'Patient/p',
      service_request: 'ServiceRequest/sr',
      sender_org: 'hospital',
      receiver_org: null,
      state: 'open',
      next_step: 'choose-recipient',
      opened_at: '2026-03-02T09:00:00.000Z',
    });
  });

  test('shows each leg: when it was offered, decided and ended, and why', () => {
    const declined: Task & { id: string } = { ...leg('leg', 'agency', 'rejected'), statusReason: { text: 'No room' } };
    const transitions = [
      ...records().transitions,
      step('leg', null, 'requested', '2026-03-02T09:00:01.000Z'),
      step('leg', 'requested', 'rejected', '2026-03-02T11:00:00.000Z'),
    ];
    const row = project(records({ legs: [declined], transitions }), TERMS);
    expect(row.legs).toEqual([
      {
        taskId: 'leg',
        organizationId: 'agency',
        status: 'rejected',
        progress: null,
        reason: 'No room',
        offeredAt: '2026-03-02T09:00:01.000Z',
        decidedAt: '2026-03-02T11:00:00.000Z',
        endedAt: '2026-03-02T11:00:00.000Z',
        takenBack: false,
      },
    ]);
    expect(row).toMatchObject({ receiver_org: null, next_step: 'decide-after-decline', waiting_on: 'case-manager' });
  });

  test('has no news from a message that need not be said any more', () => {
    const settled = (status: string): string =>
      project(
        records({ deliveries: [delivery({ kind: 'message', status, settledAt: '2026-03-06T09:00:00.000Z' })] }),
        TERMS,
      ).updated_at;
    expect([settled('delivered'), settled('withdrawn')]).toEqual([
      '2026-03-06T09:00:00.000Z',
      '2026-03-02T09:00:00.000Z',
    ]);
  });

  test('names as receiver the last organization that is still asked', () => {
    const legs = [leg('one', 'first', 'rejected'), leg('two', 'second', 'accepted')];
    expect(project(records({ legs }), TERMS).receiver_org).toBe('second');
  });

  test('waits for the hub until the offer has arrived, then for the agency, from that moment', () => {
    const waiting = (status: string, settledAt: string | null): ReturnType<typeof project> =>
      project(records({ legs: [leg('leg', 'agency')], deliveries: [delivery({ status, settledAt })] }), TERMS);
    expect(waiting('pending', null)).toMatchObject({ next_step: 'deliver', waiting_on: 'hub' });
    expect(waiting('dead', '2026-03-05T00:00:00.000Z')).toMatchObject({
      next_step: 'deliver',
      waiting_on: 'case-manager',
    });
    expect(waiting('delivered', '2026-03-02T09:30:00.000Z')).toMatchObject({
      next_step: 'decide',
      waiting_on: 'receiver',
      waiting_on_org: 'agency',
      since: '2026-03-02T09:30:00.000Z',
    });
  });

  test('of a referral addressed to an agency has the referral itself as its leg', () => {
    const root = task('root', { owner: { reference: 'Organization/agency' } });
    expect(project(records({ root }), TERMS)).toMatchObject({
      receiver_org: 'agency',
      legs: [{ taskId: 'root' }],
    });
  });

  test('takes an end that is given as a day to last until that day is over', () => {
    const root = task('root', { status: 'in-progress', restriction: { period: { end: '2026-03-04' } } });
    const working = records({
      root,
      legs: [leg('leg', 'agency', 'in-progress')],
      transitions: [step('leg', 'accepted', 'in-progress', '2026-03-02T09:00:00.000Z')],
    });
    expect(project(working, TERMS)).toMatchObject({
      next_step: 'report-outcome',
      due: '2026-03-04T23:59:59.999Z',
    });
  });

  test('takes that day to be over when it is where the work is done', () => {
    const root = task('root', { status: 'in-progress', restriction: { period: { end: '2026-03-04' } } });
    const working = records({
      root,
      legs: [leg('leg', 'agency', 'in-progress')],
      transitions: [step('leg', 'accepted', 'in-progress', '2026-03-02T09:00:00.000Z')],
      calendars: {
        agency: { version: 1, calendar: weekdaysIn('America/Los_Angeles') },
        hub: { version: 2, calendar: weekdaysIn('Europe/London') },
      },
    });
    expect(project(working, TERMS).due).toBe('2026-03-05T07:59:59.999Z');
  });

  test('falls due by the calendar of who must act, or of the hub where that has none', () => {
    // Friday noon in Los Angeles; in Riyadh Friday is free.
    const offered = delivery({ status: 'delivered', settledAt: '2026-03-06T20:00:00.000Z' });
    const asked = (calendars: LoopRecords['calendars']): ReturnType<typeof project> =>
      project(records({ legs: [leg('leg', 'agency')], deliveries: [offered], calendars }), TERMS);
    expect(asked({ agency: { version: 1, calendar: weekdaysIn('America/Los_Angeles') } }).due).toBe(
      '2026-03-10T19:00:00.000Z',
    );
    expect(asked({ hub: { version: 1, calendar: sundayToThursday('Asia/Riyadh') } }).due).toBe(
      '2026-03-09T13:00:00.000Z',
    );
    expect(asked({ agency: { version: 1, calendar: null } }).due).toBe('2026-03-10T20:00:00.000Z');
    expect(asked({}).due).toBe('2026-03-10T20:00:00.000Z');
  });

  test('is closed once the sender has the closing message, or a person said why it cannot', () => {
    const ended = (status: string, settledAt: string | null): ReturnType<typeof project> =>
      project(
        records({
          root: task('root', { status: 'completed' }),
          deliveries: [delivery({ kind: 'closing', taskId: 'root', status, settledAt })],
        }),
        TERMS,
      );
    const at = '2026-03-09T09:00:00.000Z';
    for (const status of ['delivered', 'withdrawn']) {
      expect(ended(status, at)).toMatchObject({
        state: 'closed',
        closed_at: at,
        next_step: null,
        due: null,
        outcome: 'services-provided',
      });
    }
    for (const status of ['rejected', 'dead'])
      expect(ended(status, at)).toMatchObject({
        state: 'open',
        next_step: 'confirm-closing',
        waiting_on: 'case-manager',
      });
    expect(ended('pending', null)).toMatchObject({ state: 'open', waiting_on: 'hub', closed_at: null });
  });

  test('waits for the sender, when the sender reads on this server', () => {
    const closing = delivery({ kind: 'closing', taskId: 'root', awaitsReader: true });
    const row = project(records({ root: task('root', { status: 'failed' }), deliveries: [closing] }), TERMS);
    expect(row).toMatchObject({ state: 'open', waiting_on: 'sender', waiting_on_org: 'hospital' });
  });
});

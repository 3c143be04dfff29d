import fc from 'fast-check';
import { often, oneOf, part } from '../arbitraries.ts';

/** What becomes of an appointment: `booked` again: it is moved. */
const STATUSES = ['booked', 'arrived', 'cancelled', 'noshow', 'fulfilled'] as const;

/** What is done about appointments. `names`: what an appointment says it is for, the request or its Task. */
export type AppointmentCommand =
  | {
      readonly do: 'book';
      readonly part: number;
      readonly who: 'owner' | 'hub';
      readonly names: 'request' | 'task';
      readonly status: 'booked' | 'pending';
    }
  | {
      readonly do: 'appointment';
      readonly appointment: number;
      readonly who: 'maker' | 'hub' | 'stranger';
      readonly status: (typeof STATUSES)[number];
    };

export const booking = fc.record({
  do: fc.constant('book' as const),
  part,
  who: often<'owner' | 'hub'>('owner', 'hub'),
  names: oneOf<'request' | 'task'>('request', 'task'),
  status: often<'booked' | 'pending'>('booked', 'pending'),
});
export const appointmentChange = fc.record({
  do: fc.constant('appointment' as const),
  appointment: fc.nat(2),
  who: often<'maker' | 'hub' | 'stranger'>('maker', 'hub', 'stranger'),
  status: oneOf(...STATUSES),
});

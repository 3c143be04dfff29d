import type { Appointment } from '@medplum/fhirtypes';
import { isBlind, type Played, partAt, partyOf, type Scene } from '../scene.ts';
import { AGENCIES, HUB, type ModelHub, type Party } from '../world.ts';
import type { AppointmentCommand } from './commands.ts';

type Of<What extends AppointmentCommand['do']> = Extract<AppointmentCommand, { do: What }>;

const HOUR_MS = 3_600_000;

/** Somebody books an appointment for a part, or says what becomes of one. */
export function playAppointment(scene: Scene, command: AppointmentCommand): Promise<Played> {
  return command.do === 'book' ? book(scene, command) : change(scene, command);
}

async function book(scene: Scene, { names, part: at, who, status }: Of<'book'>): Promise<Played> {
  const { hub, state } = scene;
  const { id, order, part } = partAt(scene, at);
  const by = partyOf(scene, part, who);
  const appointment: Appointment = {
    resourceType: 'Appointment',
    status,
    participant: [{ actor: { reference: hub.refer('client') }, status: 'accepted' }],
    ...(names === 'request' ? { basedOn: [{ reference: order }] } : {}),
    ...(names === 'task' ? { supportingInformation: [{ reference: `Task/${id}` }] } : {}),
    ...timeOf(hub, 24),
  };
  const said = await hub.create(by, appointment);
  // Who may not see what it is for cannot say so: that is a rule of sharing.
  if (said.ok) state.appointments.push({ id: said.id ?? '', by, status });
  return { said };
}

/** Who made it says what becomes of it, and the hub's people may. */
async function change(scene: Scene, { appointment: at, who, status }: Of<'appointment'>): Promise<Played> {
  const { hub, state } = scene;
  const appointment = state.appointments[at % Math.max(1, state.appointments.length)];
  if (!appointment) return {};
  const by = { maker: appointment.by as Party, hub: HUB, stranger: strangerTo(appointment.by) }[who] as Party;
  const said = await hub.change(by, `Appointment/${appointment.id}`, { status, ...timeOf(hub, 72) });
  if (said.ok) appointment.status = status;
  const expected = by === appointment.by || by === HUB;
  // Whether what it is for must be read to change it is a rule of references.
  return { said, expected: isBlind(scene, by, '') ? undefined : expected };
}

function strangerTo(by: string): Party {
  return AGENCIES.findLast((each) => each !== by) ?? 'dorm';
}

function timeOf(hub: ModelHub, inHours: number): Pick<Appointment, 'start' | 'end'> {
  const start = hub.now().getTime() + inHours * HOUR_MS;
  return { start: new Date(start).toISOString(), end: new Date(start + HOUR_MS).toISOString() };
}

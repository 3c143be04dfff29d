import type { Resource } from '@medplum/fhirtypes';
import type { Surroundings } from '../examples/make-resource.ts';
import type { Answer, Ask, Kept } from './answer.ts';
import type { Listener } from './listener.ts';
import type { Program, Registrar } from './program.ts';

/** The server that is checked, as one check sees it. What a check creates is deleted when it is over. */
export interface Server {
  /** The address of its FHIR API, without `/` at its end. */
  readonly base: string;
  /** @param path below the base, or a whole address of the server */
  call(method: string, path: string, ask?: Ask): Promise<Answer>;
  /** @throws Unmet when the server does not create it */
  create<T extends Resource>(resource: T): Promise<Kept<T>>;
  /** Notes what was created by other means, e.g. `Task/1`, to be deleted with the rest. */
  keep(references: readonly string[]): void;
  /** A resource of a type that is there: the least that is valid, or one that was found where none can be created. */
  example(type: string): Promise<Kept>;
  /** What examples refer to: one resource of each type, made when it is first needed. */
  surroundings(types: readonly string[]): Promise<Surroundings>;
  /** Does what several checks look at only once. */
  once<T>(key: string, work: (server: Server) => Promise<T>): Promise<T>;
  /** A program that may ask it for tokens, where one is registered for this command. */
  readonly program: Program | undefined;
  /** Who registers programs there, where somebody does for this command. */
  readonly registrar: Registrar | undefined;
  /** An endpoint on this machine that subscriptions are sent to. */
  listener(): Promise<Listener>;
}

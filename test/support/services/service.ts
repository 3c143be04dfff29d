import type { RunningServer } from './server-process.ts';

/** Something real that tests run against. */
export interface Service {
  readonly name: string;
  /** What no test covers when it is missing. */
  readonly covers: string;
  /** Where tests find its address; when set from outside, that one is used. */
  readonly variable: string;
  readonly debianPackage: string;
  /** Where it is installed, if it is. */
  find(): string | undefined;
  /** Starts what was found, keeping its files in a new folder of `parent`. */
  start(found: string, parent: string, stop: AbortSignal): Promise<RunningServer & { readonly address: string }>;
}

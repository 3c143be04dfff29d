import { chromium } from './chromium.ts';
import { canInstall, installPackages } from './install.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import type { Service } from './service.ts';

const SERVICES: readonly Service[] = [postgres, redis, chromium];

export interface ServicesRequest {
  /** Their files go into new folders in here. */
  readonly folder: string;
  /** Whether a missing one is a failure: in CI nothing may be left untested in silence. */
  readonly required: boolean;
  readonly stop: AbortSignal;
  /** Called with what ends each server, as soon as it runs. */
  readonly onStarted: (end: () => Promise<void>) => void;
}

/**
 * Starts what the tests run against and is not handed in by the environment.
 * @returns environment variables with the addresses
 * @throws Error when one does not start, or is missing though required
 */
export async function startServices(request: ServicesRequest): Promise<Record<string, string>> {
  const wanted = SERVICES.filter((service) => !process.env[service.variable]);
  await install(wanted.filter(isMissing), request);
  const here = wanted.filter((service) => !isMissing(service));
  const started = await Promise.allSettled(here.map((service) => start(service, request)));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return Object.fromEntries(started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
}

function isMissing(service: Service): boolean {
  return service.find() === undefined;
}

async function start(service: Service, request: ServicesRequest): Promise<[string, string]> {
  const found = service.find() ?? '';
  const { address, stop } = await service.start(found, request.folder, request.stop);
  request.onStarted(stop);
  console.log(`${service.name}: ${found}`);
  return [service.variable, address];
}

async function install(missing: readonly Service[], request: ServicesRequest): Promise<void> {
  if (missing.length === 0) return;
  const packages = missing.map((service) => service.debianPackage);
  const failure = canInstall() ? await installPackages(packages, request.stop) : undefined;
  const lines = missing.filter(isMissing).map((service) => explain(service, failure));
  if (lines.length > 0 && request.required) throw new Error(lines.join('\n'));
  for (const line of lines) console.log(line);
}

function explain(service: Service, failure: string | undefined): string {
  const why = failure ? ` (${failure})` : '';
  const remedy = `install ${service.debianPackage}, or set ${service.variable}`;
  return `${service.name} is not here${why}, so ${service.covers} is not covered: ${remedy}.`;
}

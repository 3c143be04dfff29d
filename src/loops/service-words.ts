import type { ServiceRequest } from '@medplum/fhirtypes';

/** What was asked for, in words. */
export function serviceName(request: ServiceRequest): string {
  const coding = request.code?.coding?.[0];
  return request.code?.text ?? coding?.display ?? coding?.code ?? 'Service';
}

/** The most telling category: the last one that is not just "social service". */
export function categoryOf(request: ServiceRequest): string | null {
  const codings = (request.category ?? []).flatMap(({ coding }) => coding ?? []);
  return codings.filter(({ code }) => code !== '410606002').at(-1)?.display ?? codings.at(-1)?.display ?? null;
}

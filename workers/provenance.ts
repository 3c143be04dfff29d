import type { Deps } from '../src/deps.ts';
import { makeProvenance } from '../src/fhir/audit/provenance/make-provenance.ts';
import { describeThrown } from '../src/log.ts';
import { repeat } from './repeat.ts';
import type { Worker } from './waker.ts';

/** Makes the Provenances of what partners changed, as often as the audit is sealed. Several processes may do so at once. */
export function startProvenance(deps: Deps): Worker {
  return repeat(deps.config.AUDIT_SEAL_INTERVAL_MS, async (goesOn) => {
    try {
      await makeProvenance(deps.store, goesOn);
    } catch (thrown) {
      deps.log.error(describeThrown(thrown), 'provenance not made');
    }
  });
}

import type { Deps } from '../src/deps.ts';
import { sealAudit } from '../src/fhir/audit/chain/seal-audit.ts';
import { putNamesInPlace } from '../src/fhir/audit/names.ts';
import { tellRefusals } from '../src/fhir/audit/record/refusals.ts';
import { describeThrown } from '../src/log.ts';
import { repeat } from './repeat.ts';
import type { Worker } from './waker.ts';

/** Seals what was written to the audit, every so often, and first writes what is gathered by the minute; then has what they name found without looking at what is new. Several processes may do so at once: one of them seals. */
export function startSeal(deps: Deps): Worker {
  return repeat(deps.config.AUDIT_SEAL_INTERVAL_MS, () => seal(deps));
}

async function seal(deps: Deps): Promise<void> {
  try {
    await tellRefusals(deps.db, deps.now());
    const sealed = await sealAudit(deps.db, deps.now());
    if (sealed > 0) await putNamesInPlace(deps.db);
  } catch (thrown) {
    deps.log.error(describeThrown(thrown), 'audit not sealed');
  }
}

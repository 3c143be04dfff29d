import { createHash } from 'node:crypto';
import type { Resource } from '@medplum/fhirtypes';
import { sortedKeys } from '../loops/projection/canonical.ts';

/** A digest of what a resource says, apart from when it was written. Pure. */
export function digestOf({ meta, ...said }: Resource): string {
  const { versionId: _version, lastUpdated: _updated, ...kept } = meta ?? {};
  return createHash('sha256')
    .update(JSON.stringify(sortedKeys({ ...said, meta: kept })))
    .digest('base64');
}

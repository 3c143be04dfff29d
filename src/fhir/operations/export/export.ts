import type { Recorder } from '../../audit/record/new-entry.ts';
import type { Operation } from '../operation.ts';
import { exportFile, exportStatus } from './export-status.ts';
import { type KickOffDeps, kickOff } from './kick-off.ts';

const BULK_DATA = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition';
const OURS = 'https://careloop.dev/fhir/OperationDefinition';

/**
 * Bulk export of the system, of all patients, of a group's; and the two addresses it leads to.
 * @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html
 */
export function exportOperations(deps: KickOffDeps & { readonly record: Recorder }): readonly Operation[] {
  const { db, now } = deps.store;
  const run: Operation['run'] = (call) => kickOff(deps, call);
  // Asking for an export changes no resource; clients ask by GET.
  const asked = { name: 'export', affectsState: false, begins: true, run } as const;
  return [
    { ...asked, definition: `${BULK_DATA}/export`, levels: ['system'], types: [] },
    { ...asked, definition: `${BULK_DATA}/patient-export`, levels: ['type'], types: ['Patient'] },
    { ...asked, definition: `${BULK_DATA}/group-export`, levels: ['instance'], types: ['Group'] },
    {
      name: 'export-status',
      definition: `${OURS}/export-status`,
      levels: ['system'],
      types: [],
      affectsState: false,
      takesDelete: true,
      givesFiles: true,
      run: (call) => exportStatus({ db, now }, call),
    },
    {
      name: 'export-file',
      definition: `${OURS}/export-file`,
      levels: ['system'],
      types: [],
      affectsState: false,
      // What GET gives is disclosed, and in the audit, as it is given.
      begins: true,
      givesFiles: true,
      run: (call) => exportFile({ db, now, record: deps.record }, call),
    },
  ];
}

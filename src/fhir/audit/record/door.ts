import type { Caller } from '../../caller.ts';

/** Who looks after the hub on its own machine, by a command: the audit says so. @param hubOrg the id of the hub's Organization */
export function byCommand(hubOrg: string): Caller {
  return { kind: 'hub', organizationId: hubOrg, door: 'command-line' };
}

/** Who looks after the hub on its own machine, by what it is started with. @param hubOrg the id of the hub's Organization */
export function bySettings(hubOrg: string): Caller {
  return { kind: 'hub', organizationId: hubOrg, door: 'settings' };
}

import type { Verdict } from '../../requirement.ts';
import type { Server } from '../../server/server.ts';
import { notApplicable, pass } from '../../verdict.ts';

export async function encrypted({ base }: Server): Promise<Verdict> {
  if (base.startsWith('http:'))
    return notApplicable('not observable', 'The server was reached without TLS, behind what ends it.');
  return pass('The connection was made with TLS 1.2 or later: this command accepts no other.');
}

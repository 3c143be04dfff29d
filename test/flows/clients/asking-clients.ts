import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const QUESTIONNAIRE = 'https://careloop.dev/fhir/Questionnaire/client-confirmation';
export const APP_IDENTIFIER = 'https://apps.example|our-app';

/**
 * A folder whose policy has clients asked: about food by the hub's people, about transport by their own app, about
 * housing without telling who sent it.
 */
export function askingClients(): string {
  const folder = mkdtempSync(join(tmpdir(), 'careloop-asking-'));
  const asked = (category: string, more: object): object => ({
    for: { category },
    because: 'To see.',
    confirmation: { questionnaire: QUESTIONNAIRE, ...more },
  });
  const rules = [
    asked('food-insecurity', {}),
    asked('transportation-insecurity', { ask: 'app', app: APP_IDENTIFIER }),
    asked('homelessness', { tellsSender: false }),
  ];
  writeFileSync(join(folder, 'policy.json'), JSON.stringify({ name: 'Of the town', because: 'To see.', rules }));
  return folder;
}

import type { Tokens } from './fhir/sign-in.ts';
import { operatorFromEnvironment } from './hub/hub-token.ts';
import { startPartners } from './start-partners.ts';

/**
 * `npm run partners`: a hospital, a food bank and a housing agency that work with the hub at HUB_URL until Ctrl-C; a
 * program with HUB_TOKEN registers them.
 */
const hubUrl = (process.env.HUB_URL ?? 'http://127.0.0.1:8080').replace(/\/+$/, '');

await requireHub();
const partners = await startPartners({
  hubUrl,
  operator: tokensOrExplain(),
  pace: [1_000, 3_000],
  pollMs: 1_000,
  ports: { hospital: port('HOSPITAL_PORT'), foodBank: port('FOOD_BANK_PORT') },
});
console.log(welcome(partners.hospital.server.url, partners.foodBank.server.url));

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);

/** A second signal changes nothing: the first is being seen to. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  partners.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}

function tokensOrExplain(): Tokens {
  try {
    return operatorFromEnvironment();
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(1);
  }
}

/** Without a setting any free port. */
function port(name: string): number {
  return Number(process.env[name] ?? 0);
}

async function requireHub(): Promise<void> {
  const answers = await fetch(`${hubUrl}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
  if (answers) return;
  console.error(`No hub answers at ${hubUrl}. Start one with \`npm start\`, or set HUB_URL.`);
  process.exit(1);
}

function welcome(hospital: string, foodBank: string): string {
  return [
    `Three partners work with the hub at ${hubUrl} (Ctrl-C ends them).`,
    '',
    `  Mercy Hospital        sends referrals, hears on its own FHIR server how they go`,
    `                        ${hospital}/fhir/R4    what it was told: ${hospital}/ledger`,
    `  Northside Food Bank   is pushed Tasks on its own FHIR server, works them, reports at the hub`,
    `                        ${foodBank}/fhir/R4    what it was told: ${foodBank}/ledger`,
    `  Harbor Housing        has only a FHIR client, looks for its Tasks at the hub every second`,
    '',
    'Nothing is sent until you ask for it:',
    `  curl -X POST '${hospital}/refer'                     food: the food bank takes it on`,
    `  curl -X POST '${hospital}/refer?postalCode=62269'    food, too far away: declined, then offered to Harbor Housing`,
    `  curl -X POST '${hospital}/refer?need=housing'        housing: asked of Harbor Housing`,
  ].join('\n');
}

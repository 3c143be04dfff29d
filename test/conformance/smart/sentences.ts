import { encrypted } from '../checks/guide/encrypted.ts';
import type { Because, Verdict } from '../requirement.ts';
import type { Server } from '../server/server.ts';
import { notApplicable } from '../verdict.ts';
import * as told from './configuration.ts';
import * as keys from './key-sets.ts';
import * as signing from './signing-in.ts';
import * as using from './using.ts';

type Check = (server: Server) => Promise<Verdict>;

function not(because: Because, reason: string): Check {
  return async () => notApplicable(because, reason);
}

const launched = told.ofCapability('launch-ehr', 'launch-standalone');
const openId = told.ofCapability('sso-openid-connect');
const introspected = told.ofEndpoint('introspection_endpoint');
const inside = not('not observable', 'What a server does with what it keeps is not seen from outside.');
const documented = not('not observable', 'It is about what the documentation of a server says.');
const brands = not('not offered', 'It is about brands of organizations for patients’ apps, which are optional.');

/** What all sentences of a page are about, but for those that have a check of their own. */
const PAGES: Readonly<Record<string, Check>> = {
  'app-launch': launched,
  brands,
  'scopes-and-launch-context': launched,
  'token-introspection': introspected,
  'client-confidential-symmetric': signing.noSecretsForPrograms,
};

/** What numbered sentences mean for a server, as a check. */
const SENTENCES: Readonly<Record<string, Check>> = {
  // Scopes
  119: inside,
  123: using.createsByUpdate,
  126: told.lists('capabilities', 'permission-v1'),
  127: signing.repeatsOlderScopes,
  128: using.readsOlderScopes,
  130: using.looksIntoBatches,
  134: signing.isShort,
  139: documented,
  142: using.letsWhatIsGranted,
  144: using.letsReadAll,
  205: openId,
  207: openId,
  209: openId,
  210: openId,
  // Backend services
  228: told.namesTokenEndpoint,
  231: encrypted,
  240: signing.signsIn,
  241: using.refusesWhatIsNot,
  243: using.refusesWhatIsNot,
  244: using.refusesWhatThereIsNot,
  247: using.refusesStrangers,
  248: signing.givesNoRefresh,
  249: signing.refusesWrong,
  250: signing.grantsWithinRegistered,
  251: signing.saysErrors,
  252: signing.describesErrors,
  253: signing.signsIn,
  254: signing.signsIn,
  255: signing.isBearer,
  256: signing.saysHowLong,
  257: signing.livesShortly,
  258: signing.saysScope,
  259: signing.grantsWithinRegistered,
  260: signing.isLimitedToAsked,
  261: signing.livesShortly,
  262: signing.livesShortly,
  265: using.refusesStrangers,
  266: using.refusesWhatIsNot,
  // Clients with keys
  285: told.lists('capabilities', 'client-confidential-asymmetric'),
  286: told.namesTokenEndpoint,
  287: told.lists('scopes_supported'),
  288: told.lists('token_endpoint_auth_methods_supported', 'private_key_jwt'),
  289: told.listsOneOf('token_endpoint_auth_signing_alg_values_supported', 'RS384', 'ES384'),
  296: keys.takesKeysByAddress,
  297: signing.takesKeysDirectly,
  305: inside,
  306: not('about an organization', 'It is about what people who register a program tell its owner.'),
  310: signing.takesKeysDirectly,
  316: signing.takesKeysDirectly,
  326: signing.signsIn,
  335: signing.refusesWrong,
  336: signing.refusesReplays,
  337: signing.refusesStrangers,
  338: signing.refusesOtherKeyAddresses,
  339: keys.takesKeysByAddress,
  340: signing.refusesAsInvalidClient,
  341: keys.keepsKeysNoLonger,
  342: keys.keepsKeys,
  // What is told of all that
  346: launched,
  348: told.ofCapability('launch-standalone'),
  349: told.ofCapability('launch-ehr'),
  350: told.ofCapability('launch-standalone'),
  351: told.ofCapability('launch-ehr'),
  357: signing.signsIn,
  369: using.readsOlderScopes,
  370: signing.grantsNarrower,
  372: told.isServed,
  373: told.namesTokenEndpoint,
  374: told.isJson,
  377: told.isJson,
  378: told.hasAbsoluteAddresses,
  380: told.isJson,
  381: openId,
  382: openId,
  383: launched,
  384: told.lists('grant_types_supported'),
  385: told.namesTokenEndpoint,
  387: told.mayName('user_access_brand_bundle'),
  388: told.mayName('user_access_brand_identifier'),
  389: told.lists('scopes_supported'),
  390: told.mayName('response_types_supported'),
  391: told.mayName('introspection_endpoint'),
  392: told.mayName('revocation_endpoint'),
  393: told.lists('capabilities'),
  394: told.hasNoPlainChallenge,
  438: told.mayName('registration_endpoint'),
  439: told.mayName('associated_endpoints'),
};

/** Each says what those that list it must do. */
const CAPABILITIES: Readonly<Record<string, string>> = {
  352: 'launch-ehr',
  353: 'launch-standalone',
  354: 'authorize-post',
  355: 'client-public',
  356: 'client-confidential-symmetric',
  358: 'sso-openid-connect',
  359: 'context-banner',
  360: 'context-style',
  361: 'context-ehr-patient',
  362: 'context-ehr-encounter',
  363: 'context-standalone-patient',
  364: 'context-standalone-encounter',
  365: 'permission-offline',
  366: 'permission-online',
  367: 'permission-patient',
  368: 'permission-user',
  371: 'smart-app-state',
};

/** The check of a numbered sentence of the SMART test kit; undefined when there is none. @param page it stands on */
export function smartCheck(key: string, page: string): Check | undefined {
  const own = Object.hasOwn(SENTENCES, key) ? SENTENCES[key] : undefined;
  if (own) return own;
  const capability = Object.hasOwn(CAPABILITIES, key) ? CAPABILITIES[key] : undefined;
  if (capability) return told.ofCapability(capability);
  return Object.hasOwn(PAGES, page) ? PAGES[page] : undefined;
}

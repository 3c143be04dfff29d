import { readdirSync, readFileSync } from 'node:fs';
import { AppError } from '../../../errors.ts';
import { loadDefinitions } from '../../definitions.ts';
import { readTopic, type Topic } from './topic.ts';

const FOLDER = new URL('../../../../profiles/SubscriptionTopic/', import.meta.url);

/** The topics this hub has, by their canonical address. */
export type Topics = ReadonlyMap<string, Topic>;

let loaded: Topics | undefined;

/**
 * The topics of `profiles/SubscriptionTopic`, read once per process.
 * @throws AppError (fault) naming the file that is not usable, and why
 */
export function loadTopics(): Topics {
  loadDefinitions();
  loaded ??= new Map(readFolder().map((topic) => [topic.url, topic]));
  return loaded;
}

/**
 * The canonical addresses of the topics that can be subscribed to, for the metadata.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-capabilitystatement-subscriptiontopic-canonical.html
 */
export function subscriptionTopics(): readonly string[] {
  return [...loadTopics().keys()];
}

function readFolder(): Topic[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return files.sort().map(readFile);
}

function readFile(name: string): Topic {
  try {
    return readTopic(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : '';
    const text = `profiles/SubscriptionTopic/${name} cannot be used. ${why}`;
    throw new AppError('fault', 'subscription-topic.not-usable', text, { cause: thrown });
  }
}

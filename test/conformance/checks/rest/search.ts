import { surroundingsOf } from '../../examples/example.ts';
import { type SearchExample, searchExample } from '../../examples/search-example.ts';
import type { Verdict } from '../../requirement.ts';
import { type Answer, bundleIn, matchesIn } from '../../server/answer.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';
import { described } from './metadata.ts';

/** @see https://hl7.org/fhir/R4/http.html#search */
export async function searches(server: Server, type: string): Promise<Verdict> {
  const { id } = await server.example(type);
  const byGet = await search(server, type, `_id=${id}`);
  require(matchesIn(byGet).includes(id), `GET ${type}?_id does not find the resource.`);
  const links = bundleIn(byGet).link?.map(({ relation }) => relation) ?? [];
  require(links.includes('self'), `GET ${type}?_id answers without a self link.`);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const byPost = await server.call('POST', `${type}/_search`, { body: `_id=${id}`, headers });
  requireStatus(byPost, [200], `POST ${type}/_search`);
  require(matchesIn(byPost).includes(id), `POST ${type}/_search does not find the resource.`);
  return pass('GET and POST _search found the resource, in a searchset with a self link.');
}

/** One search parameter: what has the value is found, and is not found by another value. */
export async function searchesBy(server: Server, type: string, name: string): Promise<Verdict> {
  const { id, finds, misses } = await exampleFor(server, type, name);
  const found = await search(server, type, `_id=${id}&${name}=${encodeURIComponent(finds)}`);
  require(matchesIn(found).includes(id), `GET ${type}?${name} does not find a resource that has the value.`);
  const missed = await search(server, type, `_id=${id}&${name}=${encodeURIComponent(misses)}`);
  require(!matchesIn(missed).includes(id), `GET ${type}?${name} finds a resource that does not have the value.`);
  const { searchParam } = await described(server, type);
  require(name.startsWith('_') ||
    searchParam?.some(
      (each) => each.name === name,
    ), `The metadata does not list the search parameter ${name} of ${type}.`);
  return pass('Found by its value, not found by another one; listed in the metadata.');
}

async function exampleFor(
  server: Server,
  type: string,
  name: string,
): Promise<Pick<SearchExample, 'finds' | 'misses'> & { id: string }> {
  if (name === '_id') {
    const { id } = await server.example(type);
    return { id, finds: id, misses: 'conformance-nobody' };
  }
  if (name === '_lastUpdated') {
    const { id } = await server.example(type);
    return { id, finds: 'gt2000-01-01', misses: 'lt2000-01-01' };
  }
  return createdFor(server, type, name);
}

/** Creates a resource that a parameter finds. @param aim the type that a reference is to lead to */
export async function createdFor(
  server: Server,
  type: string,
  name: string,
  aim?: string,
): Promise<SearchExample & { readonly id: string }> {
  const around = await surroundingsOf(server, (each) => searchExample(type, name, each, aim));
  const example = searchExample(type, name, around, aim);
  require(example, `No example can be made for ${type}?${name}: its definition is not of a form this command reads.`);
  const { id } = await server.create(example.resource);
  return { ...example, id };
}

/** @throws Unmet when it is not answered with a searchset */
export async function search(server: Server, type: string, query: string): Promise<Answer> {
  const answer = await server.call('GET', `${type}?${query}`);
  const asked = `GET ${type}?${query.replace(/=[^&]*/g, '')}`;
  requireStatus(answer, [200], asked);
  require(bundleIn(answer).type === 'searchset', `${asked} answered no searchset.`);
  return answer;
}

import type { Partners } from '../start-partners.ts';
import type { Administrator } from './administrator.ts';

/** A link that signs somebody of the demo in, once. */
export interface DemoLink {
  /** Who it is, in words. */
  readonly who: string;
  readonly link: string;
}

/** Lets three people sign in by a link each: at the hub, at the food bank, at the hospital. Nobody of them exists. */
export async function addDemoPeople(administrator: Administrator, { ids }: Pick<Partners, 'ids'>): Promise<DemoLink[]> {
  const people = [
    { who: 'a case manager', name: 'Casey Morgan', organizationId: 'careloop', roles: ['case-manager'] },
    { who: 'a food bank worker', name: 'Avery Lund', organizationId: ids.foodBank, roles: ['agency-worker'] },
    { who: 'a hospital viewer', name: 'Hayden Cole', organizationId: ids.hospital, roles: ['hospital-viewer'] },
  ];
  const links: DemoLink[] = [];
  for (const { who, ...invited } of people) {
    const email = `${invited.name.toLowerCase().replace(' ', '.')}@demo.example`;
    const said = await administrator.send<{ person: { id: string } }>('POST', '/api/people', { ...invited, email });
    const path = `/api/people/${said.person.id}/sign-in-link`;
    const { link } = await administrator.send<{ link: string }>('POST', path);
    links.push({ who, link });
  }
  return links;
}

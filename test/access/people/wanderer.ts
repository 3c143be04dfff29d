/** A browser as far as redirects go: it keeps the cookies of each site, and notes where it was led. */
export interface Wanderer {
  /** Follows redirects until it is at the hub again and not led on. @returns where it is then */
  go(address: string): Promise<{ at: string; status: number; trail: readonly string[] }>;
  /** Does not follow. */
  ask(address: string): Promise<Response>;
  cookies(site: string): Map<string, string>;
}

const MOST_STEPS = 12;

export function openWanderer(): Wanderer {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (address: string): Map<string, string> => {
    const { origin } = new URL(address);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  };
  const ask = async (address: string): Promise<Response> => {
    const jar = jarOf(address);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const said of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(said) ?? [];
      if (value === '' || /max-age=0\b/i.test(said)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  return {
    ask,
    cookies: jarOf,
    go: async (address) => {
      const trail = [address];
      for (let at = address; trail.length < MOST_STEPS; ) {
        const response = await ask(at);
        const location = response.headers.get('location');
        await response.body?.cancel();
        if (!location) return { at, status: response.status, trail };
        at = new URL(location, at).href;
        trail.push(at);
      }
      throw new Error(`Led in circles: ${trail.join('\n')}`);
    },
  };
}

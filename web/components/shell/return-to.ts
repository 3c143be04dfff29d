/** Where somebody signs in, to come back to where they were. @param from an address of the page, with its query */
export function signInAddress(from: string): string {
  return from === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ returnTo: from })}`;
}

/** The page somebody comes back to; only one of our own, wherever a link may want to lead. */
export function returnTo(query: URLSearchParams): string {
  const wanted = query.get('returnTo') ?? '/';
  const address = wanted.startsWith('/') ? URL.parse(wanted, location.origin) : null;
  if (!address || address.origin !== location.origin || address.pathname === '/sign-in') return '/';
  return address.pathname + address.search;
}

import type { InfiniteData } from '@tanstack/react-query';
import type { LoopFilter, LoopPage, Sort } from '../../api/loops.ts';
import type { LoopSummary, WaitingOnKind } from '../../api/types.ts';

export type LoadedPages = InfiniteData<LoopPage, string | null>;

export const states = ['open', 'closed', 'all'] as const;
export const waitingKinds = ['receiver', 'case-manager', 'hub', 'sender', 'client'] as const satisfies WaitingOnKind[];

export const sorts = ['due', '-due', 'received', '-received'] as const satisfies Sort[];

/** What else may stand in the address of a view. */
const OTHERS = [
  'nextStep',
  'escalation',
  'programme',
  'category',
  'priority',
  'sender',
  'receiver',
  'dueAfter',
  'dueBefore',
  'receivedAfter',
  'receivedBefore',
  'untaken',
];

export const everything: LoopFilter = {
  state: 'all',
  waitingOn: null,
  overdue: false,
  unread: false,
  sort: 'due',
  others: {},
};

/** The filter is the address, so that a view can be sent to a colleague. */
export function filterOf(address: URLSearchParams): LoopFilter {
  const state = states.find((candidate) => candidate === address.get('state')) ?? 'open';
  const waitingOn = waitingKinds.find((candidate) => candidate === address.get('waitingOn')) ?? null;
  const isOfOpen = state !== 'closed';
  return {
    state,
    waitingOn: isOfOpen ? waitingOn : null,
    overdue: isOfOpen && address.get('overdue') === 'true',
    unread: address.get('unread') === 'true',
    sort: sorts.find((candidate) => candidate === address.get('sort')) ?? 'due',
    others: Object.fromEntries([...address].filter(([name]) => OTHERS.includes(name))),
  };
}

export function addressOf({ state, waitingOn, overdue, unread, sort, others }: LoopFilter): Record<string, string> {
  const isOfOpen = state !== 'closed';
  return {
    ...others,
    ...(state === 'open' ? {} : { state }),
    ...(waitingOn && isOfOpen ? { waitingOn } : {}),
    ...(overdue && isOfOpen ? { overdue: 'true' } : {}),
    ...(unread ? { unread: 'true' } : {}),
    ...(sort === 'due' ? {} : { sort }),
  };
}

/** Whether a loop that is not on the page came into this view after the page was served. */
export function isNewTo(filter: LoopFilter, loop: LoopSummary, servedAt: number): boolean {
  // Whether it is of a view that narrows by more, only the hub knows.
  if (Object.keys(filter.others).length > 0) return false;
  if (filter.state !== 'all' && loop.state !== filter.state) return false;
  if (filter.waitingOn && loop.nextStep?.waitingOn.kind !== filter.waitingOn) return false;
  if (filter.overdue && !loop.nextStep?.late) return false;
  // When its messages came, the list does not say.
  if (filter.unread) return loop.unread > 0;
  const came = filter.overdue
    ? loop.nextStep?.due
    : filter.waitingOn
      ? loop.nextStep?.since
      : filter.state === 'closed'
        ? loop.closedAt
        : loop.openedAt;
  return came != null && Date.parse(came) >= servedAt - 1000; // the hub's clock header counts whole seconds
}

export function loadedIds(pages: LoadedPages | undefined): Set<string> {
  return new Set(pages?.pages.flatMap((page) => page.loops.map((loop) => loop.id)));
}

/** Changed rows stay where they are. */
export function withChanges(pages: LoadedPages, changed: LoopSummary[]): LoadedPages {
  const byId = new Map(changed.map((loop) => [loop.id, loop]));
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      loops: page.loops.map((loop) => byId.get(loop.id) ?? loop),
    })),
  };
}

export function firstPageOnly(pages: LoadedPages): LoadedPages {
  return { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) };
}

import { leg, loopCounts, loopDetail, loopList, loopSummary, nextStep, party } from './api.ts';
import { filterBody, savedFilter, savedFilters } from './saved/api.ts';
import { timelineEntry, timelinePage } from './timeline/api.ts';
import { timelineQuery } from './timeline/query.ts';
import { loopQuery, loopSearch } from './worklist/query.ts';

/** The named shapes of the loops API. */
export const LOOP_SCHEMAS = {
  Party: party,
  NextStep: nextStep,
  LoopSummary: loopSummary,
  Leg: leg,
  TimelineEntry: timelineEntry,
  TimelinePage: timelinePage,
  LoopDetail: loopDetail,
  LoopList: loopList,
  LoopCounts: loopCounts,
  LoopSearch: loopSearch,
  SavedFilter: savedFilter,
  SavedFilters: savedFilters,
  FilterInput: filterBody,
} as const;

/** Its addresses. */
export const LOOP_PATHS = {
  '/api/loops': {
    get: {
      summary: 'One page of loops, narrowed and in an order; by itself: open ones, due soonest first',
      query: loopQuery,
      answer: { status: 200, schema: 'LoopList', description: 'A page' },
    },
  },
  '/api/loops/search': {
    post: {
      summary: 'Likewise, of clients by name: what is asked is in the body, for a name stands in no address',
      body: 'LoopSearch',
      answer: { status: 200, schema: 'LoopList', description: 'A page' },
    },
  },
  '/api/loops/counts': {
    get: {
      summary: 'How many loops are open, late and closed, and what the open ones wait for',
      answer: { status: 200, schema: 'LoopCounts', description: 'The counts' },
    },
  },
  '/api/loop-filters': {
    get: {
      summary: "One's own filters of lists of loops, and those that others of one's organization share",
      answer: { status: 200, schema: 'SavedFilters', description: 'The filters, by name' },
    },
    post: {
      summary: 'Save a filter under a name',
      body: 'FilterInput',
      answer: { status: 201, schema: 'SavedFilter', description: 'Saved' },
    },
  },
  '/api/loop-filters/{id}': {
    put: {
      summary: 'Change a filter that one has saved',
      body: 'FilterInput',
      answer: { status: 200, schema: 'SavedFilter', description: 'Changed' },
    },
    delete: {
      summary: 'Delete a filter that one has saved',
      answer: { status: 204, description: 'Deleted' },
    },
  },
  '/api/loops/{id}/timeline': {
    get: {
      summary:
        'One page of everything that happened to a loop, in one order: statuses, deliveries, escalations, messages, notes, appointments, what was shared and withheld, policies, and who has put a name to it',
      query: timelineQuery,
      answer: { status: 200, schema: 'TimelinePage', description: 'A page' },
    },
  },
  '/api/loops/{id}': {
    get: {
      summary: 'One loop: its path, and the latest of what happened to it',
      answer: { status: 200, schema: 'LoopDetail', description: 'The loop' },
    },
  },
} as const;

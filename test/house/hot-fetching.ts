import { END_LATE_SQL, KNOWN_SQL, LATE_SQL, WATCHED_SQL } from '../../src/counterparts/counterparts.ts';
import { TAKE_SQL } from '../../src/counterparts/turns.ts';
import { FOUND_AWAY_SQL, UNHEARD_SQL } from '../../src/fetching/unheard.ts';
import type { Hot } from './hot-statements.ts';

/** What is asked by who asks partners' servers. */
export const HOT_FETCHING: readonly Hot[] = [
  {
    name: 'the server that is asked next',
    text: TAKE_SQL,
    values: ['2026-02-10T00:00:00Z', '2026-02-10T00:02:00Z'],
    indexes: ['fetching_at', 'fetching_pkey'],
  },
  {
    name: 'what is watched on a server',
    text: WATCHED_SQL,
    values: ['org7'],
    indexes: ['counterpart_watched', 'resource_pkey'],
  },
  {
    name: 'what has ended on a server and is asked for still',
    text: LATE_SQL,
    values: ['org7'],
    indexes: ['counterpart_late', 'resource_pkey'],
  },
  {
    name: 'what is asked for no more',
    text: END_LATE_SQL,
    values: ['org7', '2026-02-10T00:00:00Z'],
    indexes: ['counterpart_late'],
  },
  {
    name: 'what is worked on where a server is away',
    text: UNHEARD_SQL,
    values: ['org7'],
    indexes: ['counterpart_watched', 'resource_pkey', 'fetch_finding_untaken'],
  },
  {
    name: 'what was found while a server was away',
    text: FOUND_AWAY_SQL,
    values: ['org7'],
    indexes: [],
  },
  {
    name: 'what of a server is known here',
    text: KNOWN_SQL,
    values: ['org7', ['https://org.example/fhir/Task/7']],
    indexes: ['counterpart_there'],
  },
];

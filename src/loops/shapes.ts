import { z } from 'zod';

/** What several shapes of the loops API are made of. */

export const instant = z.string().describe('ISO 8601 moment, UTC');

export const party = z.object({ id: z.string(), name: z.string() }).describe('An organization');

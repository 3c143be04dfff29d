import { Pool } from 'pg';
import type { Drive } from './drive.ts';

const BODY = JSON.stringify({ resourceType: 'Task', text: 'x'.repeat(1_000) });

/** What the database alone does, as pgbench would measure it: one row, one commit, by a prepared statement. */
export function commits(databaseUrl: string, clients: number): Drive {
  const pool = new Pool({ connectionString: databaseUrl, max: clients });
  return {
    one: async () => {
      const text = 'INSERT INTO bench_row (body) VALUES ($1)';
      await pool.query({ name: 'commit', text, values: [BODY] });
    },
    end: () => pool.end(),
  };
}

import express from 'express';
import { Pool } from 'pg';

/**
 * What the hub is measured beside: express that sends a body back, and express that puts it into one row. It is told
 * where by PORT and DATABASE_URL.
 */
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const app = express();
app.use(express.json({ type: 'application/fhir+json' }));
app.post('/echo', (request, response) => void response.json(request.body));
app.post('/insert', async (request, response) => {
  const text = 'INSERT INTO bench_row (body) VALUES ($1)';
  await pool.query({ name: 'insert', text, values: [JSON.stringify(request.body)] });
  response.json(request.body);
});
const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listens'));
process.on('SIGTERM', () => {
  server.close(() => void pool.end());
  server.closeAllConnections();
});

/** What is asked of the FHIR API by method, address below its base, and body. */
export type FhirAsk = readonly [method: string, path: string, body?: unknown];

/** Ways to find, read and change something, by what is tried on: a Task of one's own, another, and a client. */
export function triesOn(own: { readonly id: string }, other: { readonly id: string }, patient: string): FhirAsk[] {
  const subscription = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'x',
    criteria: 'https://careloop.dev/fhir/SubscriptionTopic/task',
    channel: { type: 'email', endpoint: 'mailto:me@evil.example' },
  };
  const entry = [own, other].map(({ id }) => ({ request: { method: 'GET', url: `Task/${id}` } }));
  const reads = [
    ...[`/Task/${own.id}`, `/Task/${other.id}`, `/${patient}`, `/Task/${own.id}/_history`, '/Task', '/Patient'],
    ...['/_history', '/Task/_history', `/${patient}/$everything`, '/$export', '/Organization', '/Endpoint'],
    ...['/AuditEvent', '/Patient?_has:Task:patient:_id=x', '/Task?_summary=count', '/Communication', '/Binary/x'],
  ];
  return [
    ...reads.map((path) => ['GET', path] as const),
    ['POST', '/Subscription', subscription],
    ['PUT', `/Task/${own.id}`, own],
    ['PATCH', `/Task/${own.id}`, [{ op: 'replace', path: '/status', value: 'accepted' }]],
    ['DELETE', `/Task/${own.id}`],
    ['POST', '/Task/_search', {}],
    ['POST', '/Task/$validate', own],
    ['POST', '/ValueSet/$expand', { resourceType: 'Parameters' }],
    ['POST', '', { resourceType: 'Bundle', type: 'batch', entry }],
    ['POST', '', { resourceType: 'Bundle', type: 'transaction', entry }],
  ];
}

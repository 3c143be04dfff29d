import { Problem } from '../components/states/problem.tsx';

/** A fault of the page itself: nothing is lost, it starts anew. */
export function Crash() {
  return (
    <main className="page">
      <Problem heading="h1" error={new Error('The page failed')} retry={() => location.reload()} />
    </main>
  );
}

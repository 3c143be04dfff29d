import type { ReactNode } from 'react';
import { useArrival } from '../../components/use-arrival.ts';
import './doorstep.css';

/** A page before the door: one thing to do, in the middle. */
export function Doorstep({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  const heading = useArrival(title);
  return (
    <div className="doorstep">
      <section className="doorstep__panel panel">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead && <p className="muted">{lead}</p>}
        {children}
      </section>
    </div>
  );
}

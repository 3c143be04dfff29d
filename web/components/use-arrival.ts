import { type RefObject, useEffect, useRef, useState } from 'react';
import { useNavigationType } from 'react-router';

/**
 * Names the page and, when the reader followed a link to it, puts the keyboard at its heading once it is there.
 * Titles stay in the browser's history: no personal data in them.
 */
export function useArrival(title: string, ready = true): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  const arrivedBy = useNavigationType();
  const [followed] = useState(arrivedBy === 'PUSH');
  useEffect(() => {
    document.title = `${title} · Careloop`;
  }, [title]);
  useEffect(() => {
    if (followed && ready) heading.current?.focus({ preventScroll: true });
  }, [followed, ready]);
  return heading;
}

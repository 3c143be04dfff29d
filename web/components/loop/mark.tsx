import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './mark.css';

export type MarkKind = 'waiting' | 'late' | 'paused' | 'done' | 'declined' | 'future' | 'closed' | 'asked' | 'started';

const ring = <circle cx="10" cy="10" r="7.25" />;
const drawings: Record<MarkKind, ReactNode> = {
  waiting: (
    <>
      {ring}
      <path d="M10 5.75V10l2.75 1.75" />
    </>
  ),
  late: (
    <>
      <circle cx="10" cy="10" r="8" className="mark__ground" />
      <path d="M10 5.75v5M10 14h.01" className="mark__figure" />
    </>
  ),
  paused: (
    <>
      {ring}
      <path d="M8.1 7.5v5M11.9 7.5v5" />
    </>
  ),
  done: (
    <>
      {ring}
      <path d="m6.75 10.25 2.25 2.25 4.25-4.75" />
    </>
  ),
  declined: (
    <>
      {ring}
      <path d="m7.5 7.5 5 5M12.5 7.5l-5 5" />
    </>
  ),
  asked: (
    <>
      {ring}
      <path className="points-forward" d="M6.75 10h6.5M10.75 7.25 13.5 10l-2.75 2.75" />
    </>
  ),
  started: (
    <>
      {ring}
      <path className="points-forward" d="M8.5 7.25v5.5L12.75 10Z" fill="currentColor" />
    </>
  ),
  future: <circle cx="10" cy="10" r="7.25" strokeDasharray="2.5 3.2" />,
  closed: (
    <>
      <circle cx="10" cy="10" r="8" className="mark__ground" />
      <path d="m6.5 10.25 2.5 2.5 4.5-5" className="mark__figure" />
    </>
  ),
};

/** A state told by its shape, by a word for those who do not see it, and only then by colour. */
export function Mark({ kind, size = 20, word = true }: { kind: MarkKind; size?: number; word?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={`mark mark--${kind}`}>
      <svg width={size} height={size} viewBox="0 0 20 20" focusable="false" aria-hidden="true">
        {drawings[kind]}
      </svg>
      {word && <span className="visually-hidden">{t(`mark.${kind}`)}</span>}
    </span>
  );
}

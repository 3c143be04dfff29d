import type { ReactNode } from 'react';

const drawings = {
  forward: <path d="M3.5 8h9M9 4.5 12.5 8 9 11.5" />,
  back: <path d="M12.5 8h-9M7 4.5 3.5 8 7 11.5" />,
  globe: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M2.25 8h11.5M8 2.25c3.2 3.2 3.2 8.3 0 11.5M8 2.25c-3.2 3.2-3.2 8.3 0 11.5" />
    </>
  ),
  sun: (
    <>
      <circle cx="8" cy="8" r="2.75" />
      <path d="M8 1.5v1.25M8 13.25v1.25M1.5 8h1.25M13.25 8h1.25M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
    </>
  ),
  moon: <path d="M13.25 9.6A5.6 5.6 0 0 1 6.4 2.75a5.6 5.6 0 1 0 6.85 6.85Z" />,
  device: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 2.25a5.75 5.75 0 0 1 0 11.5Z" fill="currentColor" />
    </>
  ),
  send: <path d="M13.75 2.25 7.25 8.75M13.75 2.25 9.7 13.75 7.25 8.75 2.25 6.3Z" />,
  bell: <path d="M8 2a4 4 0 0 0-4 4c0 4-1.5 5-1.5 5h11S12 10 12 6a4 4 0 0 0-4-4ZM6.5 13.25a1.6 1.6 0 0 0 3 0" />,
  message: <path d="M2.5 3.25h11v7.5H7.25L4.5 13.25v-2.5h-2Z" />,
  clip: (
    <path d="m12.75 7.25-5 5a2.9 2.9 0 0 1-4.1-4.1l5.3-5.3a1.9 1.9 0 0 1 2.7 2.7l-5.1 5.1a.9.9 0 0 1-1.3-1.3l4.6-4.6" />
  ),
  up: <path d="M8 12.5v-9M4.5 7 8 3.5 11.5 7" />,
  copy: (
    <>
      <rect x="5.75" y="5.75" width="7.5" height="7.5" rx="1.5" />
      <path d="M10.25 5.75v-1.5a1.5 1.5 0 0 0-1.5-1.5h-4.5a1.5 1.5 0 0 0-1.5 1.5v4.5a1.5 1.5 0 0 0 1.5 1.5h1.5" />
    </>
  ),
  check: <path d="m3.5 8.5 3 3 6-6.5" />,
  person: (
    <>
      <circle cx="8" cy="5.25" r="2.75" />
      <path d="M2.75 13.75c.5-3 2.5-4.5 5.25-4.5s4.75 1.5 5.25 4.5" />
    </>
  ),
  leave: <path d="M6.25 2.5h-3v11h3M7 8h6.5M10.75 5 13.75 8l-3 3" />,
  note: <path d="M3.5 2.25h9v8l-3.5 3.5H3.5ZM12.5 10.25H9v3.5M5.75 5.25h4.5M5.75 7.75h3" />,
  calendar: <path d="M2.5 3.75h11v9.5h-11ZM2.5 6.75h11M5.25 2v3M10.75 2v3" />,
  share: (
    <>
      <circle cx="4" cy="8" r="1.75" />
      <circle cx="12" cy="3.75" r="1.75" />
      <circle cx="12" cy="12.25" r="1.75" />
      <path d="m5.6 7.2 4.8-2.6M5.6 8.8l4.8 2.6" />
    </>
  ),
  lock: <path d="M3.5 7.25h9v6.5h-9ZM5.25 7.25V5a2.75 2.75 0 0 1 5.5 0v2.25" />,
  pen: <path d="m2.5 13.5.75-3.25 7.5-7.5 2.5 2.5-7.5 7.5ZM9.25 4.25l2.5 2.5" />,
  alert: <path d="M8 5.25v3.5M8 11h.01M8 1.9 14.5 13.25h-13Z" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof drawings;

/** A drawing beside words that say the same: hidden from screen readers. */
export function Icon({ name, size = 16, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      className={className}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {drawings[name]}
    </svg>
  );
}

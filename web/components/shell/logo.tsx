import { Link } from 'react-router';

export function Logo() {
  return (
    <Link to="/" className="logo">
      <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="9" fill="#0b6e63" />
        <path d="M22.2 11.2A8 8 0 1 0 24 16" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
        <circle cx="22.6" cy="10.6" r="2.6" fill="#8fe0d2" />
      </svg>
      <span className="logo__word">Careloop</span>
    </Link>
  );
}

-- Programs that sign in by a client certificate (RFC 8705): by the subject of one that a known authority has issued, or by
-- one of their own, which stands among their keys.
ALTER TABLE client ADD COLUMN tls_subject text;
ALTER TABLE client ADD COLUMN tls_self_signed boolean NOT NULL DEFAULT false;
ALTER TABLE client ADD CONSTRAINT client_certificate CHECK (
  (tls_subject IS NULL OR (NOT tls_self_signed AND jwks IS NULL AND jwks_uri IS NULL AND scopes IS NOT NULL))
  AND (NOT tls_self_signed OR jwks IS NOT NULL OR jwks_uri IS NOT NULL)
);
-- The certificate a token is bound to: base64url of the SHA-256 of its DER; NULL: none.
ALTER TABLE access_token ADD COLUMN certificate text;

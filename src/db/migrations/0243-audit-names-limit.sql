-- The worker that seals puts what is new in the index of names into its place. The limit is for when more comes than that keeps up with: who
-- writes then does it, and is held up the less often the more there is (ADR 0071).
ALTER INDEX audit_names SET (gin_pending_list_limit = 4096);
-- Only who owns an index may; a hub's role need not own what it works with (docs/runbook.md).
CREATE FUNCTION put_audit_names_in_place() RETURNS bigint
  LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT
  AS $$ SELECT gin_clean_pending_list('audit_names') $$;

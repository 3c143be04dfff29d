-- Labels go on to what comes from a resource. Who gives it one looks for what comes from it, and who writes what comes from
-- it looks at its labels: at the same moment each would miss the other. They take a lock of these, shared by who writes.
-- Names share locks, so that a transaction that comes from much takes few.
CREATE FUNCTION label_lock(name text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT hashtext(name) & 63 $$;

-- Whether a resource has no label and is not being given one; nobody begins to before this transaction has ended. It is a
-- function because it must look at the row after it has the lock: a statement looks at rows as they were when it began.
CREATE FUNCTION stands_unlabelled(wanted_type text, wanted_id text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock_shared(727003, label_lock(wanted_type || '/' || wanted_id)) THEN
    RETURN false;
  END IF;
  RETURN (SELECT r.deleted OR r.content #> '{meta,security}' IS NULL FROM resource r
    WHERE r.type = wanted_type AND r.id = wanted_id) IS NOT FALSE;
END $$;

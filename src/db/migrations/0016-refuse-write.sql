-- Called from within a statement that writes when not all of it can be written: nothing of it is, then.
CREATE FUNCTION refuse_write(writer text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows refused' USING ERRCODE = 'CL001', DETAIL = writer;
END;
$$;

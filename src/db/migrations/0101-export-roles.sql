-- The roles of the person who asked for an export: it holds no more than they are shown. NULL: a program asked.
ALTER TABLE export_job ADD COLUMN caller_roles text[];

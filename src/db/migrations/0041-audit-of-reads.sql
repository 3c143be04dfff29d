-- What is read, refused and disclosed is an entry too. Some of it is about no resource in particular.
ALTER TABLE audit ALTER resource_type DROP NOT NULL, ALTER resource_id DROP NOT NULL, ALTER version DROP NOT NULL;
ALTER TABLE audit
  -- what was done, where the action does not say it: a code of restful-interaction, or 'disclosure'
  ADD COLUMN interaction text,
  -- of a search its address with the names of its parameters, of an operation its name; never a value
  ADD COLUMN query text,
  -- why it was refused: an error code
  ADD COLUMN refusal text,
  -- of a disclosure: the organization it went to, for which purpose (v3 PurposeOfUse), on which basis (a reference)
  ADD COLUMN recipient text,
  ADD COLUMN purpose text,
  ADD COLUMN basis text;

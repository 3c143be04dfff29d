-- Since when a server that is asked has not answered; NULL: it has.
ALTER TABLE fetching ADD COLUMN unheard_since timestamptz;

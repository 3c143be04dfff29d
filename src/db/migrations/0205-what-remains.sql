-- What of the need remains when a referral has ended, as who ended it says (the extension what-remains of Task.statusReason).
ALTER TABLE loop ADD COLUMN outcome_remains text;

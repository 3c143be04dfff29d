-- Administrators are told once a day at most that nobody has the role to look at what waits.
CREATE INDEX loop_mail_nobody ON loop_mail (created_at) WHERE kind = 'nobody-of-role';

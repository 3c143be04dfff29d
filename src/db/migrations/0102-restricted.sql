-- What is part of a mandated report, found at once: it is little among much.
CREATE INDEX resource_restricted ON resource (type, id) WHERE restricted;

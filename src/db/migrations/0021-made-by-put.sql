-- Versions that made a resource by an update, under an id of its sender's. All others that make one came by a create: so
-- it is these few that are remembered, and a create writes nothing more.
CREATE TABLE resource_made_by_put (
  type text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  version int NOT NULL,
  PRIMARY KEY (type, id, version)
);

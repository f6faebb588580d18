// Terms, defaults, withdrawals, exclusions. Two tables are made anew because their lists of states grow; foreign
// keys are off while migrations run.
export const termsMigration = `
ALTER TABLE case_record ADD COLUMN term_ends_ms INTEGER;
ALTER TABLE case_record ADD COLUMN withdrawn_ms INTEGER;
CREATE INDEX case_term ON case_record (term_ends_ms) WHERE completed_ms IS NOT NULL;

-- completing: this service completed its case. default_fact: the sweep recorded the end of the term;
-- effective_default: that default counts. due_ms: when the sweep must look.
ALTER TABLE service ADD COLUMN completing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE service ADD COLUMN default_fact INTEGER REFERENCES fact (id);
ALTER TABLE service ADD COLUMN effective_default INTEGER NOT NULL DEFAULT 0;
ALTER TABLE service ADD COLUMN due_ms INTEGER;
CREATE INDEX service_due ON service (due_ms) WHERE due_ms IS NOT NULL;
UPDATE service SET completing = 1 WHERE assess_number = (SELECT max(o.assess_number) FROM service o
    WHERE o.project_no = service.project_no)
  AND project_no IN (SELECT project_no FROM case_record WHERE completed_ms IS NOT NULL);

CREATE TABLE press_new (
  id INTEGER PRIMARY KEY REFERENCES fact (id),
  device_no INTEGER NOT NULL REFERENCES device (no),
  seq INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  level INTEGER NOT NULL,
  reasons TEXT NOT NULL,
  invitation BLOB NOT NULL,
  staff BLOB NOT NULL,
  flags INTEGER NOT NULL,
  pressed_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('effective', 'duplicate', 'late', 'excluded', 'unmatched', 'reasons')),
  excluded INTEGER NOT NULL DEFAULT 0
);
INSERT INTO press_new SELECT *, 0 FROM press;
DROP TABLE press;
ALTER TABLE press_new RENAME TO press;
CREATE INDEX press_unmatched ON press (id) WHERE state = 'unmatched';

-- held: a default that is not sent yet. withdrawn: never sent and overtaken. An evaluation is a press, a default,
-- or neither in a correction that takes back what was sent.
CREATE TABLE outbox_new (
  id INTEGER PRIMARY KEY,
  project_no TEXT NOT NULL,
  assess_number INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('service', 'evaluation')),
  press INTEGER REFERENCES press (id),
  idempotency_key TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('waiting', 'held', 'delivered', 'refused', 'correction', 'withdrawn')),
  attempts INTEGER NOT NULL DEFAULT 0,
  unanswered INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  code TEXT,
  reason TEXT,
  default_fact INTEGER REFERENCES fact (id)
);
INSERT INTO outbox_new SELECT *, NULL FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX outbox_waiting ON outbox (project_no, id) WHERE state = 'waiting';
CREATE INDEX outbox_held ON outbox (id) WHERE state = 'held';
CREATE INDEX outbox_due ON outbox (id) WHERE state = 'waiting';
CREATE INDEX outbox_stuck ON outbox (state) WHERE state IN ('refused', 'correction');
`;

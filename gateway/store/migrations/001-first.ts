// Facts, and the tables that follow from them. Times are milliseconds since 1970-01-01 UTC, handles are blobs of
// 8 bytes.
export const firstMigration = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Append-only. chain = HMAC-SHA256(chain of the row before, this row), keyed outside the database.
CREATE TABLE fact (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  -- JSON; of a record its bytes, see gateway/store/record-body.ts.
  body NOT NULL,
  chain BLOB NOT NULL
);

-- The newest fact, with a MAC over its id and chain: one row, written with every transaction.
CREATE TABLE chain_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  fact INTEGER NOT NULL,
  mac BLOB NOT NULL
);

CREATE TABLE device (
  no INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  hall TEXT NOT NULL,
  window TEXT,
  handle BLOB NOT NULL UNIQUE,
  registered_ms INTEGER NOT NULL,
  revoked_ms INTEGER,
  -- Another evaluator has its window; it is revoked once all it holds is stored.
  retired_ms INTEGER,
  boot INTEGER NOT NULL DEFAULT 0,
  conn INTEGER NOT NULL DEFAULT 0,
  -- Older generations of its key sign records, but connect no more.
  connect_gen INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX device_window ON device (window);
CREATE INDEX device_revoked ON device (id) WHERE revoked_ms IS NOT NULL;

-- What was received of a journal: all up to up_to, and the ranges beyond it. Small rows of their own, because every
-- transaction of the intake writes them.
CREATE TABLE received (
  device_no INTEGER PRIMARY KEY REFERENCES device (no),
  up_to INTEGER NOT NULL,
  beyond TEXT NOT NULL
);

-- One row for each generation; the key is sealed under the master key.
CREATE TABLE device_key (
  device_no INTEGER NOT NULL REFERENCES device (no),
  gen INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (device_no, gen)
) WITHOUT ROWID;

-- What evaluators told of themselves, the newest of each; gaps and quarantine have tables of their own.
CREATE TABLE device_event (
  id INTEGER PRIMARY KEY,
  device_no INTEGER NOT NULL REFERENCES device (no),
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX device_event_of ON device_event (device_no, id);

-- Evaluators of which nothing was heard since this start of the gateway: whether the database is an older copy is
-- known from their hello only.
CREATE TABLE start_wait (
  device_no INTEGER PRIMARY KEY REFERENCES device (no),
  since_ms INTEGER NOT NULL
);

-- What each evaluator owes since the database was restored: all up to until, once its hello told it. acked is what
-- the lost database had acknowledged.
CREATE TABLE catch_up (
  device_no INTEGER PRIMARY KEY REFERENCES device (no),
  state TEXT NOT NULL CHECK (state IN ('awaited', 'caught-up', 'abandoned')),
  since_ms INTEGER NOT NULL,
  acked INTEGER NOT NULL DEFAULT 0,
  until INTEGER
);
CREATE INDEX catch_up_awaited ON catch_up (state) WHERE state = 'awaited';

-- Windows, and services on which a press may still lie in an evaluator that the database does not know of: neither
-- the sweep nor upstream acts on them. A service given or invited later cannot have one; clocks of window systems
-- may differ by 10 minutes.
CREATE VIEW awaited_window AS
  SELECT d.window, w.since_ms FROM start_wait w JOIN device d ON d.no = w.device_no
    WHERE d.window IS NOT NULL AND d.revoked_ms IS NULL
  UNION ALL SELECT d.window, c.since_ms FROM catch_up c JOIN device d ON d.no = c.device_no
    WHERE c.state = 'awaited' AND d.window IS NOT NULL AND d.revoked_ms IS NULL;
CREATE VIEW awaited_service AS
  SELECT s.project_no, s.assess_number FROM service_record s JOIN awaited_window a ON a.window = s.window
    WHERE json_extract(s.body, '$.servedAtMs') <= a.since_ms + 600000
  UNION ALL SELECT i.project_no, i.assess_number FROM invitation_service i JOIN invitation_record v ON v.handle = i.invitation
    JOIN awaited_window a ON a.window = v.window WHERE v.created_ms <= a.since_ms + 600000;

-- The last firmware update that was ordered for a device. offset: bytes of the image that it holds.
CREATE TABLE device_update (
  device_no INTEGER PRIMARY KEY REFERENCES device (no),
  version TEXT NOT NULL,
  forced INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ordered', 'sending', 'installing', 'confirmed', 'refused', 'returned', 'stopped')),
  code TEXT,
  offset INTEGER NOT NULL,
  ordered_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL
);

-- When a boot of a device began, for presses made before it had a clock.
CREATE TABLE device_boot (
  device_no INTEGER NOT NULL REFERENCES device (no),
  boot INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  PRIMARY KEY (device_no, boot)
) WITHOUT ROWID;

-- Sequences that a device will never send, with the reason.
CREATE TABLE gap (
  device_no INTEGER NOT NULL REFERENCES device (no),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (device_no, first)
) WITHOUT ROWID;

CREATE TABLE staff (
  handle BLOB PRIMARY KEY,
  badge_id TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (badge_id, name)
) WITHOUT ROWID;

-- One a badge ID, as the evaluator shows it: a protocol image as JSON. Not in any fact, so that it can be deleted.
CREATE TABLE staff_photo (badge_id TEXT PRIMARY KEY, picture TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE desk (
  window TEXT PRIMARY KEY,
  staff BLOB REFERENCES staff (handle),
  paused INTEGER NOT NULL
) WITHOUT ROWID;

-- staff: who has the case since it was transferred. A press counts for who was shown, whoever that is.
CREATE TABLE case_record (
  project_no TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  staff BLOB REFERENCES staff (handle),
  completed_ms INTEGER,
  term_ends_ms INTEGER,
  withdrawn_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX case_term ON case_record (term_ends_ms) WHERE completed_ms IS NOT NULL;

-- Who applied, of a case (assess_number 0) or a service: ciphertext under a key per person that is not in this
-- database. What was put before stays in the facts.
CREATE TABLE person_record (
  project_no TEXT NOT NULL REFERENCES case_record (project_no),
  assess_number INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('applicant', 'agent')),
  person BLOB NOT NULL,
  box TEXT NOT NULL,
  mark TEXT NOT NULL,
  PRIMARY KEY (project_no, assess_number, role)
) WITHOUT ROWID;
CREATE INDEX person_record_of ON person_record (person);

-- What was told of a service; no counts in the order of creation. outbox: the row that tells upstream of it.
CREATE TABLE service_record (
  no INTEGER PRIMARY KEY,
  project_no TEXT NOT NULL REFERENCES case_record (project_no),
  assess_number INTEGER NOT NULL,
  body TEXT NOT NULL,
  staff BLOB NOT NULL REFERENCES staff (handle),
  window TEXT GENERATED ALWAYS AS (json_extract(body, '$.window')) VIRTUAL,
  served_ms INTEGER GENERATED ALWAYS AS (json_extract(body, '$.servedAtMs')) VIRTUAL,
  outbox INTEGER,
  UNIQUE (project_no, assess_number)
);
CREATE INDEX service_at ON service_record (window, served_ms);

-- What presses, completions and the end of its term change about a service. Small rows of their own beside each
-- other: every press writes one, and the sweep one for each default. completing: this service completed its case.
-- closed: its case was completed or withdrawn, told here as well since every press asks.
-- default_fact: the sweep recorded the end of the term; effective_default: that default counts. due_ms: when the
-- sweep must look. Without references to press, fact and outbox, which verify compares instead.
CREATE TABLE service_state (
  service_no INTEGER PRIMARY KEY REFERENCES service_record (no),
  completing INTEGER NOT NULL DEFAULT 0,
  closed INTEGER NOT NULL DEFAULT 0,
  effective_press INTEGER,
  effective_reasons INTEGER,
  default_fact INTEGER,
  effective_default INTEGER NOT NULL DEFAULT 0,
  due_ms INTEGER,
  evaluation_outbox INTEGER
);
CREATE INDEX service_due ON service_state (due_ms) WHERE due_ms IS NOT NULL;

-- To read by.
CREATE VIEW service AS
  SELECT r.no, r.project_no, r.assess_number, r.body, r.staff, r.window, r.served_ms, t.completing, t.closed, t.effective_press,
    t.effective_reasons, t.default_fact, t.effective_default, t.due_ms, t.evaluation_outbox
  FROM service_record r JOIN service_state t ON t.service_no = r.no;

-- no counts in the order of creation.
CREATE TABLE invitation_record (
  no INTEGER PRIMARY KEY,
  handle BLOB NOT NULL UNIQUE,
  window TEXT NOT NULL,
  staff BLOB NOT NULL REFERENCES staff (handle),
  created_ms INTEGER NOT NULL,
  ends_ms INTEGER NOT NULL
);

-- press is the first one that arrived, the others are in invitation_press. Small rows, as in service_state.
CREATE TABLE invitation_state (
  invitation_no INTEGER PRIMARY KEY REFERENCES invitation_record (no),
  state TEXT NOT NULL
    CHECK (state = 'evaluated' OR state = 'open' OR state = 'cancelled' OR state = 'replaced'),
  press INTEGER
);

-- To read by.
CREATE VIEW invitation AS
  SELECT r.no, r.handle, r.window, r.staff, r.created_ms, r.ends_ms, t.state, t.press
  FROM invitation_record r JOIN invitation_state t ON t.invitation_no = r.no;

-- The newest invitation of each window: no other one of it can be open.
CREATE TABLE window_invitation (
  window TEXT PRIMARY KEY,
  invitation_no INTEGER NOT NULL REFERENCES invitation_record (no)
) WITHOUT ROWID;

CREATE TABLE invitation_item (
  invitation_no INTEGER NOT NULL REFERENCES invitation_record (no),
  position INTEGER NOT NULL,
  service_no INTEGER NOT NULL REFERENCES service_record (no),
  PRIMARY KEY (invitation_no, position)
) WITHOUT ROWID;
CREATE INDEX invitation_item_of ON invitation_item (service_no);

-- To read by.
CREATE VIEW invitation_service AS
  SELECT v.handle AS invitation, i.position, r.project_no, r.assess_number, i.invitation_no, i.service_no
  FROM invitation_item i JOIN invitation_record v ON v.no = i.invitation_no JOIN service_record r ON r.no = i.service_no;

CREATE TABLE invitation_press (
  invitation BLOB NOT NULL REFERENCES invitation_record (handle),
  press INTEGER NOT NULL REFERENCES press (id),
  PRIMARY KEY (invitation, press)
) WITHOUT ROWID;

-- A record of a journal, by its fact, which holds the signature. kind 1 is a press, 2 the reasons that follow it.
-- until_ms: its time is only known to lie from pressed_ms to then. doubt: why its own clock was not believed.
-- reasons, reasons_fact: those of the record after it. time_fact: what dated it anew since.
-- Append-only by id and without any other index: one that scatters over the devices was measured to cost most of a
-- commit. A record is found by (device, sequence) through press_block. id is that of its fact and device_no one of
-- device, without references: each would be looked up again for every record, and verify compares them.
CREATE TABLE press (
  id INTEGER PRIMARY KEY,
  device_no INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  level INTEGER NOT NULL,
  reasons TEXT NOT NULL,
  invitation BLOB NOT NULL,
  staff BLOB NOT NULL,
  flags INTEGER NOT NULL,
  pressed_ms INTEGER NOT NULL,
  until_ms INTEGER,
  doubt TEXT,
  reasons_fact INTEGER,
  time_fact INTEGER,
  received_ms INTEGER NOT NULL,
  -- Not a list: SQLite makes a table of one for every row that is written, which doubled its cost.
  state TEXT NOT NULL CHECK (state = 'effective' OR state = 'duplicate' OR state = 'late' OR state = 'excluded'
    OR state = 'unmatched' OR state = 'reasons'),
  excluded INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX press_unmatched ON press (invitation) WHERE state IN ('unmatched', 'excluded');

-- Presses that nothing dates, while a record may still arrive that narrows their interval. The nearest dated records
-- of the journal as JSON.
CREATE TABLE undated (
  device_no INTEGER NOT NULL REFERENCES device (no),
  seq INTEGER NOT NULL,
  press INTEGER NOT NULL REFERENCES press (id),
  boot INTEGER NOT NULL,
  uptime INTEGER NOT NULL,
  floor_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  before_record TEXT,
  after_record TEXT,
  PRIMARY KEY (device_no, seq)
) WITHOUT ROWID;

-- Presses without an invitation, under a staff member at a window, and the service each was matched to. look: what
-- decides about it has changed since.
CREATE TABLE unlinked (
  press INTEGER PRIMARY KEY REFERENCES press (id),
  window TEXT NOT NULL,
  staff BLOB NOT NULL,
  from_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  project_no TEXT,
  assess_number INTEGER,
  look INTEGER NOT NULL
);
CREATE INDEX unlinked_at ON unlinked (window, staff, from_ms);
CREATE INDEX unlinked_look ON unlinked (press) WHERE look = 1;
CREATE INDEX unlinked_service ON unlinked (project_no, assess_number) WHERE project_no IS NOT NULL;

-- The first id of the records of a device whose sequences divided by 16 give block.
CREATE TABLE press_block (
  device_no INTEGER NOT NULL REFERENCES device (no),
  block INTEGER NOT NULL,
  first_press INTEGER NOT NULL REFERENCES press (id),
  PRIMARY KEY (device_no, block)
) WITHOUT ROWID;

-- What an authenticated device sent and could not be accepted.
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY,
  device_no INTEGER NOT NULL REFERENCES device (no),
  seq INTEGER,
  code TEXT NOT NULL,
  payload BLOB NOT NULL,
  at_ms INTEGER NOT NULL
);
CREATE INDEX quarantine_seq ON quarantine (device_no, seq);
CREATE INDEX quarantine_time ON quarantine (device_no, at_ms);

-- A log: one row for a service record and for each change of it after it may have been sent, one for each change of
-- what counts for a service; ids have no gaps and rows stay as they are, but for held, which ends, and may_be_there.
-- counts: press or default, with the reasons that joined later and the fact that dated the press anew, or neither in a
-- change that takes back what counted. Small, without any other index and without references, which verify compares
-- instead: every press writes here.
CREATE TABLE outbox_row (
  id INTEGER PRIMARY KEY,
  service_no INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind = 'evaluation' OR kind = 'service'),
  press INTEGER,
  default_fact INTEGER,
  reasons_fact INTEGER,
  time_fact INTEGER,
  -- The change before it of the same service, and how many there were with it.
  previous INTEGER,
  revision INTEGER NOT NULL DEFAULT 1,
  -- A default that may not leave yet.
  held INTEGER NOT NULL DEFAULT 0,
  -- A database that was lost may have sent it.
  may_be_there INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL
);
CREATE INDEX outbox_held ON outbox_row (id) WHERE held = 1;

-- To read by. Upstream knows a repetition by the key. It is made of what evaluators and window systems say, so that a
-- restored database that was filled again makes the same one; ids of facts and rows would not be.
CREATE VIEW outbox AS
  SELECT o.id, r.project_no, r.assess_number, o.service_no, o.kind, o.press, o.default_fact, o.reasons_fact, o.time_fact,
    o.previous, o.revision, o.held, o.may_be_there, o.created_ms,
    CASE WHEN o.kind = 'service' THEN 's:' || r.project_no || ':' || r.assess_number
      ELSE 'e:' || r.project_no || ':' || r.assess_number || ':'
        || CASE WHEN o.press IS NOT NULL
             THEN (SELECT d.id || ':' || p.seq FROM press p JOIN device d ON d.no = p.device_no WHERE p.id = o.press)
               || iif(o.reasons_fact IS NULL, '', ':reasons') || iif(o.time_fact IS NULL, '', ':dated')
             WHEN o.default_fact IS NOT NULL THEN 'default' ELSE 'none' END
    END || iif(o.revision = 1, '', ':' || o.revision) AS idempotency_key
  FROM outbox_row o LEFT JOIN service_record r ON r.no = o.service_no;

-- A way upstream. It has taken every row up to up_to; of those, all are delivered that have no row in delivery.
CREATE TABLE connector (
  no INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  up_to INTEGER NOT NULL DEFAULT 0,
  -- In the configuration of the last start.
  active INTEGER NOT NULL
);

-- What a connector has taken and not delivered: states and their changes are in gateway/core/delivery.ts.
CREATE TABLE delivery (
  outbox INTEGER NOT NULL REFERENCES outbox_row (id),
  connector_no INTEGER NOT NULL REFERENCES connector (no),
  state TEXT NOT NULL
    CHECK (state IN ('held', 'waiting', 'again', 'refused', 'listed', 'skipped', 'omitted')),
  attempts INTEGER NOT NULL DEFAULT 0,
  unanswered INTEGER NOT NULL DEFAULT 0,
  code TEXT,
  reason TEXT,
  -- Outbox row that upstream has in the place of a listed correction.
  there INTEGER REFERENCES outbox_row (id),
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (outbox, connector_no)
) WITHOUT ROWID;
CREATE INDEX delivery_state ON delivery (connector_no, state, outbox);

CREATE TABLE idempotency (
  client TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (client, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (at_ms);
`;

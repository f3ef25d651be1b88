/**
 * The schema of a store, version by version. Used by openFile.ts, which migrates, and by soundness.ts, which compares.
 */

/** "rhmr": what file(1) and sqlite3 show of a store. */
export const APPLICATION_ID = 0x72686d72;

/**
 * Entry n migrates version n to n + 1. Never changed once released; a store of an older version is migrated, one of a newer version
 * is refused.
 *
 * `evidence.file`: the bytes of an evidence file, as `replay` reads it; null where a failure left no records.
 * `slice.ended`: 0 while it runs, or lost with its process; 1 complete; 2 ended by an interrupt.
 * `row.declared`: the signatures that its race declares, as JSON; null where a store was begun without them.
 * `row.expectation`: what else its verdict depends on, as JSON (StoredExpectation); null where a store was begun without.
 * `row.source`: SHA-256 of the code that its slices have run (sourceFiles.ts); null where a store was begun without. The same conditions
 *   with other code are another row.
 * `row.revision`: the git commit of its race file, with `-dirty` behind it if files differed, when it was last begun; null if not known.
 * `row.code`: `javascript` for a test of such code; null for a race of the machine, and where a store was begun without.
 * `row.instrumented`: whether plain accesses of its code were seen as well.
 * `slice.cpu_ms`, `slice.cpu_waited_ms`: CPU time that its threads received, and how long they waited for it; null if not reported.
 * `interval.rss_mb`: null if the host did not report it.
 * `campaign.tuning`: the tuning file that its rows take their settings from, as JSON with its path; null for the defaults.
 * `campaign.classes`: whether classes of orders are counted. `classes`: how many a row has, null where `reason` says why they are not
 *   counted, `identity` naming all of them together, and the trials that were looked at. `class_met`: when each was met first.
 * `hang`, `row_sum`, `row_outcome`, `row_hour`: views for sqlite3 (docs/store-queries.md). A view of somebody's own with such a name stays.
 * `campaign.fleet`: the id by which workers know the campaign of a fleet; null for the soak of one machine.
 * `fleet_host`: a host of the fleet as it was; with another Node or kernel it is another one. `facts`: FleetHostFacts as JSON.
 * `execution`: a slice that a worker of the fleet has run. Its job may have been run more than once: those are other executions.
 * `delivery`: the intervals that have arrived, each counted once however often it is delivered.
 * `execution.merged`: whether its intervals are merged, and whether it is closed (mergedIntervals.ts). `campaign.merged_to`: no interval above
 *   this id was merged with others; who has read up to there, and not beyond, begins anew.
 * `evidence.sha256`: of the file, or of the report where there is none, as a worker of the fleet names it; null for a soak.
 * Times: `at` is Unix time in milliseconds; `_ms` without `at` is time of the soak, which excludes stops.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE campaign (
    id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, at INTEGER NOT NULL, seed INTEGER NOT NULL,
    budget_ms INTEGER NOT NULL, slice_ms INTEGER NOT NULL, prove_every_ms INTEGER NOT NULL,
    elapsed_ms REAL NOT NULL DEFAULT 0, ended_at INTEGER
  );
  CREATE TABLE owner (id INTEGER PRIMARY KEY CHECK (id = 1), host TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL);
  CREATE TABLE row (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, race TEXT NOT NULL, typed TEXT NOT NULL, name TEXT NOT NULL, variant TEXT NOT NULL,
    knobs TEXT NOT NULL, cpus INTEGER NOT NULL, machines INTEGER NOT NULL, sync TEXT NOT NULL, weight REAL NOT NULL,
    expected TEXT, repeat TEXT NOT NULL
  );
  CREATE TABLE session (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, ended_at INTEGER, reason TEXT
  );
  CREATE TABLE slice (
    id INTEGER PRIMARY KEY, session INTEGER NOT NULL REFERENCES session, row INTEGER NOT NULL REFERENCES row,
    at INTEGER NOT NULL, start_ms REAL NOT NULL, seed INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0, harness_error TEXT
  );
  CREATE TABLE interval (
    id INTEGER PRIMARY KEY, slice INTEGER NOT NULL REFERENCES slice, start_ms REAL NOT NULL, end_ms REAL NOT NULL,
    seconds REAL NOT NULL, trials INTEGER NOT NULL, failures INTEGER NOT NULL, near_misses INTEGER NOT NULL, rss_mb REAL NOT NULL
  );
  CREATE INDEX interval_slice ON interval (slice);
  CREATE TABLE outcome (
    interval INTEGER NOT NULL REFERENCES interval, signature TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (interval, signature)
  ) WITHOUT ROWID;
  CREATE TABLE evidence (
    id INTEGER PRIMARY KEY, slice INTEGER NOT NULL REFERENCES slice, row INTEGER NOT NULL REFERENCES row,
    signature TEXT NOT NULL, report TEXT NOT NULL, file BLOB
  );
  CREATE INDEX evidence_row ON evidence (row, signature);
  CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, elapsed_ms REAL NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL);
  `,
  `
  ALTER TABLE row ADD COLUMN declared TEXT;
  ALTER TABLE slice ADD COLUMN host_stalls INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE slice ADD COLUMN host_stall_ms REAL NOT NULL DEFAULT 0;
  ALTER TABLE slice ADD COLUMN workers_replaced INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX slice_row ON slice (row);
  CREATE TABLE host (
    session INTEGER PRIMARY KEY REFERENCES session, version TEXT NOT NULL, node TEXT NOT NULL, platform TEXT NOT NULL, arch TEXT NOT NULL,
    cores INTEGER NOT NULL, cpu_model TEXT NOT NULL, loadavg TEXT NOT NULL
  );
  CREATE VIEW hang AS
    SELECT interval.end_ms, row.race, row.name, outcome.signature, outcome.count, interval.slice
    FROM outcome JOIN interval ON interval.id = outcome.interval JOIN slice ON slice.id = interval.slice JOIN row ON row.id = slice.row
    WHERE outcome.signature IN ('deadlock', 'livelock', 'starvation', 'orphaned-lock', 'stuck-worker');
  `,
  'ALTER TABLE campaign ADD COLUMN tuning TEXT',
  'ALTER TABLE row ADD COLUMN expectation TEXT',
  `
  DROP VIEW hang;
  CREATE TABLE new_row (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, race TEXT NOT NULL, typed TEXT NOT NULL, name TEXT NOT NULL, variant TEXT NOT NULL,
    knobs TEXT NOT NULL, cpus INTEGER NOT NULL, machines INTEGER NOT NULL, sync TEXT NOT NULL, weight REAL NOT NULL,
    expected TEXT, repeat TEXT NOT NULL, declared TEXT, expectation TEXT, source TEXT, UNIQUE (key, source)
  );
  INSERT INTO new_row
    SELECT id, key, race, typed, name, variant, knobs, cpus, machines, sync, weight, expected, repeat, declared, expectation, NULL FROM row;
  DROP TABLE row;
  ALTER TABLE new_row RENAME TO row;
  CREATE TABLE new_interval (
    id INTEGER PRIMARY KEY, slice INTEGER NOT NULL REFERENCES slice, start_ms REAL NOT NULL, end_ms REAL NOT NULL,
    seconds REAL NOT NULL, trials INTEGER NOT NULL, failures INTEGER NOT NULL, near_misses INTEGER NOT NULL, rss_mb REAL
  );
  INSERT INTO new_interval SELECT id, slice, start_ms, end_ms, seconds, trials, failures, near_misses, rss_mb FROM interval;
  DROP TABLE interval;
  ALTER TABLE new_interval RENAME TO interval;
  CREATE INDEX interval_slice ON interval (slice);
  CREATE VIEW hang AS
    SELECT interval.end_ms, row.race, row.name, outcome.signature, outcome.count, interval.slice
    FROM outcome JOIN interval ON interval.id = outcome.interval JOIN slice ON slice.id = interval.slice JOIN row ON row.id = slice.row
    WHERE outcome.signature IN ('deadlock', 'livelock', 'starvation', 'orphaned-lock', 'stuck-worker');
  `,
  'ALTER TABLE slice ADD COLUMN cpu_ms REAL; ALTER TABLE slice ADD COLUMN cpu_waited_ms REAL',
  "ALTER TABLE row ADD COLUMN memory TEXT NOT NULL DEFAULT 'sc'",
  `
  ALTER TABLE campaign ADD COLUMN classes INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE classes (
    row INTEGER PRIMARY KEY REFERENCES row, classes INTEGER, reason TEXT, identity TEXT, sampled INTEGER NOT NULL DEFAULT 0,
    unclear INTEGER NOT NULL DEFAULT 0, crowded INTEGER NOT NULL DEFAULT 0, unknown INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE class_met (
    row INTEGER NOT NULL REFERENCES row, class TEXT NOT NULL, ms REAL NOT NULL, PRIMARY KEY (row, class)
  ) WITHOUT ROWID;
  `,
  `
  ALTER TABLE campaign ADD COLUMN fleet TEXT;
  ALTER TABLE evidence ADD COLUMN sha256 TEXT;
  CREATE INDEX evidence_sha256 ON evidence (sha256);
  CREATE TABLE fleet_host (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, facts TEXT NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, UNIQUE (name, facts)
  );
  CREATE TABLE execution (
    slice INTEGER PRIMARY KEY REFERENCES slice, uuid TEXT NOT NULL UNIQUE, host INTEGER NOT NULL REFERENCES fleet_host, job TEXT NOT NULL
  );
  CREATE TABLE delivery (
    execution INTEGER NOT NULL REFERENCES execution, number INTEGER NOT NULL, PRIMARY KEY (execution, number)
  ) WITHOUT ROWID;
  `,
  'ALTER TABLE row ADD COLUMN revision TEXT',
  `
  CREATE VIEW IF NOT EXISTS row_sum AS
    WITH mine AS (
      SELECT slice.row, interval.* FROM interval JOIN slice ON slice.id = interval.slice
    ), last AS (
      SELECT row, max(end_ms) AS at FROM mine WHERE failures > 0 GROUP BY row
    )
    SELECT row.id, row.race, row.name, row.variant, row.knobs, row.cpus, row.memory, row.expected, row.source,
      (SELECT count(*) FROM slice WHERE slice.row = row.id) AS slices,
      coalesce(sum(mine.end_ms - mine.start_ms), 0) AS spent_ms, coalesce(sum(mine.seconds), 0) AS seconds,
      coalesce(sum(mine.trials), 0) AS trials, coalesce(sum(mine.failures), 0) AS failures,
      coalesce(sum(mine.near_misses), 0) AS near_misses,
      sum(mine.trials) / nullif(sum(mine.seconds), 0) AS trials_per_second,
      1.0 * sum(mine.failures) / nullif(sum(mine.trials), 0) AS failures_per_trial,
      last.at AS last_failure_ms,
      coalesce(sum(CASE WHEN last.at IS NULL OR mine.end_ms > last.at THEN mine.trials END), 0) AS trials_since_failure
    FROM row LEFT JOIN mine ON mine.row = row.id LEFT JOIN last ON last.row = row.id GROUP BY row.id;
  CREATE VIEW IF NOT EXISTS row_outcome AS
    SELECT row.id, row.race, row.name, outcome.signature, sum(outcome.count) AS count,
      min(interval.end_ms) AS first_ms, max(interval.end_ms) AS last_ms
    FROM outcome JOIN interval ON interval.id = outcome.interval JOIN slice ON slice.id = interval.slice JOIN row ON row.id = slice.row
    GROUP BY row.id, outcome.signature;
  CREATE VIEW IF NOT EXISTS row_hour AS
    SELECT row.id, row.race, row.name, CAST(interval.start_ms / 3600000 AS INTEGER) AS hour, sum(interval.seconds) AS seconds,
      sum(interval.trials) AS trials, sum(interval.failures) AS failures, max(interval.rss_mb) AS rss_mb
    FROM interval JOIN slice ON slice.id = interval.slice JOIN row ON row.id = slice.row
    GROUP BY row.id, hour;
  `,
  'ALTER TABLE row ADD COLUMN instrumented INTEGER NOT NULL DEFAULT 0',
  `
  ALTER TABLE campaign ADD COLUMN merged_to INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE execution ADD COLUMN merged INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX execution_unmerged ON execution (slice) WHERE merged = 0;
  `,
  'ALTER TABLE row ADD COLUMN code TEXT',
];

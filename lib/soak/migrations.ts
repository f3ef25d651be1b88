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
 * `slice.ended`: 0 while it runs, or lost with a soak; 1 complete; 2 ended by an interrupt; 3 lost with its process, as a worker says.
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
 * `hang`, `row_sum`, `row_outcome`, `row_hour`: views for sqlite3 (docs/store-queries.md).
 * `campaign.fleet`: the id by which workers know the campaign of a fleet; null for the soak of one machine.
 * `fleet_host`: a host of the fleet as it was; with another Node or kernel it is another one. `facts`: FleetHostFacts as JSON.
 * `execution`: a slice that a worker of the fleet has run. Its job may have been run more than once: those are other executions.
 * `delivery`: the intervals that have arrived, each counted once however often it is delivered.
 * `closed_execution`: executions that are known and of which nothing else is kept (closedExecutions.ts); `campaign.dropped`: how many.
 * `sum_row`, `sum_host`, `sum_session`, `sum_outcome`, `sum_hour`, `sum_stretch`, `sum_memory`: sums of slices and intervals (sums.ts), also of
 *   those that are not kept. `host` is 0 for the soak of one machine; a stretch has `campaign.stretch_ms`.
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
  `
  CREATE TABLE sum_row (
    row INTEGER PRIMARY KEY REFERENCES row, slices INTEGER NOT NULL DEFAULT 0, harness_errors INTEGER NOT NULL DEFAULT 0, harness_error TEXT,
    host_stalls INTEGER NOT NULL DEFAULT 0, host_stall_ms REAL NOT NULL DEFAULT 0, workers_replaced INTEGER NOT NULL DEFAULT 0,
    cpu_ms REAL, cpu_waited_ms REAL, tried_at_ms REAL, spent_ms REAL NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,
    trials INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, near_misses INTEGER NOT NULL DEFAULT 0,
    proved_at_ms REAL, trials_since_proof INTEGER NOT NULL DEFAULT 0, failed_at_ms REAL, trials_since_failure INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE sum_host (
    row INTEGER NOT NULL REFERENCES row, host INTEGER NOT NULL REFERENCES fleet_host, slices INTEGER NOT NULL DEFAULT 0,
    harness_errors INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0, trials INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0, near_misses INTEGER NOT NULL DEFAULT 0, proved_at_ms REAL,
    trials_since_proof INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (row, host)
  ) WITHOUT ROWID;
  CREATE TABLE sum_session (
    row INTEGER NOT NULL REFERENCES row, session INTEGER NOT NULL REFERENCES session, slices INTEGER NOT NULL DEFAULT 0,
    harness_errors INTEGER NOT NULL DEFAULT 0, start_ms REAL, end_ms REAL, seconds REAL NOT NULL DEFAULT 0,
    trials INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, rss_mb REAL, PRIMARY KEY (row, session)
  ) WITHOUT ROWID;
  CREATE TABLE sum_outcome (
    row INTEGER NOT NULL REFERENCES row, host INTEGER NOT NULL, signature TEXT NOT NULL, count INTEGER NOT NULL, first_ms REAL NOT NULL,
    last_ms REAL NOT NULL, PRIMARY KEY (row, host, signature)
  ) WITHOUT ROWID;
  CREATE TABLE sum_hour (
    row INTEGER NOT NULL REFERENCES row, hour INTEGER NOT NULL, seconds REAL NOT NULL, trials INTEGER NOT NULL, failures INTEGER NOT NULL,
    rss_mb REAL, PRIMARY KEY (row, hour)
  ) WITHOUT ROWID;
  CREATE TABLE sum_stretch (
    row INTEGER NOT NULL REFERENCES row, stretch INTEGER NOT NULL, seconds REAL NOT NULL, trials INTEGER NOT NULL, failures INTEGER NOT NULL,
    rss_mb REAL, PRIMARY KEY (row, stretch)
  ) WITHOUT ROWID;
  CREATE TABLE sum_memory (
    session INTEGER NOT NULL REFERENCES session, stretch INTEGER NOT NULL, samples INTEGER NOT NULL, ms REAL NOT NULL, mb REAL NOT NULL,
    PRIMARY KEY (session, stretch)
  ) WITHOUT ROWID;
  CREATE TABLE closed_execution (
    id INTEGER PRIMARY KEY, prefix TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, UNIQUE (prefix, first)
  );
  CREATE INDEX evidence_slice ON evidence (slice);
  ALTER TABLE campaign ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE campaign ADD COLUMN stretch_ms INTEGER NOT NULL DEFAULT 1;
  UPDATE campaign SET stretch_ms = (
    WITH RECURSIVE length (ms) AS (SELECT 1 UNION ALL SELECT 2 * ms FROM length WHERE ms < elapsed_ms / 60) SELECT max(ms) FROM length
  );
  INSERT INTO sum_row
    WITH mine AS (
      SELECT slice.row, interval.* FROM interval JOIN slice ON slice.id = interval.slice
    ), sums AS (
      SELECT row, sum(end_ms - start_ms) AS spent, sum(seconds) AS seconds, sum(trials) AS trials, sum(failures) AS failures,
        sum(near_misses) AS near_misses, max(CASE WHEN failures > 0 THEN end_ms END) AS failed_at
      FROM mine GROUP BY row
    ), proof AS (
      SELECT mine.row, max(end_ms) AS at FROM mine JOIN outcome ON outcome.interval = mine.id
        JOIN row ON row.id = mine.row AND row.expected = outcome.signature GROUP BY mine.row
    )
    SELECT slice.row, count(*), count(harness_error),
      (SELECT harness_error FROM slice AS one WHERE one.row = slice.row AND harness_error IS NOT NULL ORDER BY id LIMIT 1),
      sum(host_stalls), sum(host_stall_ms), sum(workers_replaced), sum(cpu_ms), sum(cpu_waited_ms), max(start_ms),
      coalesce(spent, 0), coalesce(seconds, 0), coalesce(trials, 0), coalesce(failures, 0), coalesce(near_misses, 0), proof.at,
      coalesce((SELECT sum(trials) FROM mine WHERE mine.row = slice.row AND end_ms > proof.at), 0), failed_at,
      coalesce((SELECT sum(trials) FROM mine WHERE mine.row = slice.row AND end_ms > coalesce(failed_at, -1)), 0)
    FROM slice LEFT JOIN sums ON sums.row = slice.row LEFT JOIN proof ON proof.row = slice.row GROUP BY slice.row;
  INSERT INTO sum_host
    WITH mine AS (
      SELECT slice.row, host, interval.* FROM interval JOIN slice ON slice.id = interval.slice JOIN execution ON execution.slice = slice.id
    ), sums AS (
      SELECT row, host, sum(seconds) AS seconds, sum(trials) AS trials, sum(failures) AS failures, sum(near_misses) AS near_misses
      FROM mine GROUP BY row, host
    ), proof AS (
      SELECT mine.row, host, max(end_ms) AS at FROM mine JOIN outcome ON outcome.interval = mine.id
        JOIN row ON row.id = mine.row AND row.expected = outcome.signature GROUP BY mine.row, host
    ), since AS (
      SELECT mine.row, mine.host, sum(trials) AS trials FROM mine JOIN proof ON proof.row = mine.row AND proof.host = mine.host AND end_ms > at
      GROUP BY mine.row, mine.host
    )
    SELECT slice.row, execution.host, count(*), count(harness_error), coalesce(sums.seconds, 0), coalesce(sums.trials, 0),
      coalesce(sums.failures, 0), coalesce(sums.near_misses, 0), proof.at, coalesce(since.trials, 0)
    FROM slice JOIN execution ON execution.slice = slice.id
      LEFT JOIN sums ON sums.row = slice.row AND sums.host = execution.host
      LEFT JOIN proof ON proof.row = slice.row AND proof.host = execution.host
      LEFT JOIN since ON since.row = slice.row AND since.host = execution.host
    GROUP BY slice.row, execution.host;
  INSERT INTO sum_session
    WITH mine AS (
      SELECT slice.row, session, min(interval.start_ms) AS start, max(end_ms) AS last, sum(seconds) AS seconds, sum(trials) AS trials,
        sum(failures) AS failures, max(rss_mb) AS mb
      FROM interval JOIN slice ON slice.id = interval.slice GROUP BY slice.row, session
    )
    SELECT slice.row, slice.session, count(*), count(harness_error), start, last, coalesce(seconds, 0), coalesce(trials, 0),
      coalesce(failures, 0), mb
    FROM slice LEFT JOIN mine ON mine.row = slice.row AND mine.session = slice.session GROUP BY slice.row, slice.session;
  INSERT INTO sum_outcome
    SELECT slice.row, coalesce(execution.host, 0) AS on_host, signature, sum(count), min(end_ms), max(end_ms)
    FROM outcome JOIN interval ON interval.id = outcome.interval JOIN slice ON slice.id = interval.slice
      LEFT JOIN execution ON execution.slice = slice.id
    GROUP BY slice.row, on_host, signature;
  INSERT INTO sum_hour
    SELECT slice.row, CAST(interval.start_ms / 3600000 AS INTEGER) AS hour, sum(seconds), sum(trials), sum(failures), max(rss_mb)
    FROM interval JOIN slice ON slice.id = interval.slice GROUP BY slice.row, hour;
  INSERT INTO sum_stretch
    SELECT slice.row, CAST((interval.start_ms + end_ms) / 2 / (SELECT stretch_ms FROM campaign) AS INTEGER) AS stretch, sum(seconds),
      sum(trials), sum(failures), max(rss_mb)
    FROM interval JOIN slice ON slice.id = interval.slice GROUP BY slice.row, stretch;
  INSERT INTO sum_memory
    SELECT session, CAST(end_ms / (SELECT stretch_ms FROM campaign) AS INTEGER) AS stretch, count(*), sum(end_ms), sum(rss_mb)
    FROM interval JOIN slice ON slice.id = interval.slice
    WHERE ended = 1 AND rss_mb IS NOT NULL AND interval.id IN (SELECT max(id) FROM interval GROUP BY slice) GROUP BY session, stretch;
  INSERT INTO closed_execution (prefix, first, last) SELECT substr(uuid, 1, 24), substr(uuid, 25), substr(uuid, 25) FROM execution WHERE merged = 2;
  UPDATE execution SET merged = 0 WHERE slice IN ((SELECT max(id) FROM slice), (SELECT slice FROM interval ORDER BY id DESC LIMIT 1));
  UPDATE campaign SET dropped = (SELECT count(*) FROM execution WHERE merged = 2);
  DELETE FROM outcome WHERE interval IN (
    SELECT interval.id FROM interval JOIN execution ON execution.slice = interval.slice WHERE merged = 2
  );
  DELETE FROM interval WHERE slice IN (SELECT slice FROM execution WHERE merged = 2);
  DELETE FROM slice WHERE id IN (SELECT slice FROM execution WHERE merged = 2) AND id NOT IN (SELECT slice FROM evidence);
  DELETE FROM execution WHERE merged = 2;
  DROP INDEX execution_unmerged;
  ALTER TABLE execution DROP COLUMN merged;
  ALTER TABLE campaign DROP COLUMN merged_to;
  DROP VIEW IF EXISTS row_sum;
  CREATE VIEW row_sum AS
    SELECT row.id, row.race, row.name, row.variant, row.knobs, row.cpus, row.memory, row.expected, row.source,
      coalesce(slices, 0) AS slices, coalesce(spent_ms, 0) AS spent_ms, coalesce(seconds, 0) AS seconds, coalesce(trials, 0) AS trials,
      coalesce(failures, 0) AS failures, coalesce(near_misses, 0) AS near_misses, trials / nullif(seconds, 0) AS trials_per_second,
      1.0 * failures / nullif(trials, 0) AS failures_per_trial, failed_at_ms AS last_failure_ms,
      coalesce(trials_since_failure, 0) AS trials_since_failure
    FROM row LEFT JOIN sum_row ON sum_row.row = row.id ORDER BY row.id;
  DROP VIEW IF EXISTS row_outcome;
  CREATE VIEW row_outcome AS
    SELECT row.id, row.race, row.name, signature, sum(count) AS count, min(first_ms) AS first_ms, max(last_ms) AS last_ms
    FROM sum_outcome JOIN row ON row.id = sum_outcome.row GROUP BY row.id, signature ORDER BY row.id, signature;
  DROP VIEW IF EXISTS row_hour;
  CREATE VIEW row_hour AS
    SELECT row.id, row.race, row.name, hour, seconds, trials, failures, rss_mb FROM sum_hour JOIN row ON row.id = sum_hour.row
    ORDER BY row.id, hour;
  `,
];

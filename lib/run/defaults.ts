/** Defaults of the commands. Used by the tables of options, and by repeat lines, which leave defaults out. */

/** Folder of a run's evidence, in the folder that the program runs in. */
export const EVIDENCE_FOLDER = 'evidence';

/** File of settings that `tune` has found. */
export const TUNING_FILE = 'racehammer-tuning.json';

/** File of a soak's store. */
export const SOAK_STORE = 'racehammer-soak.db';

/** Duration of a run without a limit. */
export const RUN_DURATION_MS = 3000;

/** Times of a soak. A campaign may have its own. */
export const SOAK_MS = { duration: 8 * 3_600_000, slice: 30_000, proveEvery: 3_600_000 };

/** Longest slice of a fleet: each begins with a process. */
export const FLEET_SLICE_MS = 60_000;

/** Where the hub of a fleet serves its page. */
export const FLEET_PAGE = '127.0.0.1:9465';

/** Name of a fleet, and the folder of a worker for what has not arrived. */
export const FLEET_NAME = 'default';
export const FLEET_SPOOL = 'racehammer-spool';

/** Time of each row of `verify`. */
export const ROW_BUDGET_MS = 2000;

/** Time within which `verify --quick` is to decide a row. */
export const QUICK_BUDGET_MS = 250;

/** Longest time of each mutant. */
export const MUTANT_BUDGET_MS = 10_000;

/** What commands take if no option says otherwise. For the tables of options, and for what repeats a command without its defaults. */

/** Folder of a run's evidence, in the folder that the program runs in. */
export const EVIDENCE_FOLDER = 'evidence';

/** Settings that `tune` has found: saved and looked for there. */
export const TUNING_FILE = 'racehammer-tuning.json';

/** What a soak remembers. */
export const SOAK_STORE = 'racehammer-soak.db';

/** How long a run goes on if it has no limit. */
export const RUN_DURATION_MS = 3000;

/** How long `verify` hammers each row. */
export const ROW_BUDGET_MS = 2000;

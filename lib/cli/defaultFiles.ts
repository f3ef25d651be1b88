/** Where things are, in the folder that the program runs in, if no flag says otherwise. */

/** The evidence of a run. */
export const EVIDENCE_FOLDER = 'evidence';

/** Settings are saved and looked for there. */
export const TUNING_FILE = 'racehammer-tuning.json';

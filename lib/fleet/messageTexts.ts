/** Texts of messages, as their schemas check them. Used by messages.ts and tunings.ts. */

import { z } from 'zod';

/** A word of a race. It is looked up, never part of a path. */
export const raceWord = z.string().regex(/^[^/\\\p{Cc}]{1,200}$/u);
/** A text of one line, which a terminal shows as it is. */
export const line = z.string().regex(/^\P{Cc}{0,2000}$/u);

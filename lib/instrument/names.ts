/** The name by which instrumented code reaches what sees its accesses (plain.ts). Used in the thread that rewrites it, too. */

export const PLAIN_ACCESSES = '__racehammerPlain';

/** The ends of ranges that the command line and run() both hold numbers to. */

/** Each machine and CPU draws from a random stream of its own, and so many streams are told apart. */
export const THREADS_MAX = 1024;

/** A watchdog cannot be faster: it looks twenty times a second. */
export const WATCHDOG_MS_MIN = 100;

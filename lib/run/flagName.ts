/** Options as they are typed. Called where options are declared, and where a command is written that repeats a run. */

/** Returns `--until-confidence` for `untilConfidence`. */
export function flagOf(name: string): string {
  return `--${wordsOf(name)}`;
}

/** Returns `--no-lockdep` for `lockdep`. */
export function noFlagOf(name: string): string {
  return `--no-${wordsOf(name)}`;
}

function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

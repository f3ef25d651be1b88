/** The known word that a mistyped one was meant to be: for names on the command line, and for the fields of a race. */

/**
 * Returns the candidate nearest to `word`, or undefined when none is near. Case does not count. Near is: up to a third
 * of the letters wrong, missing, added or swapped with their neighbour; or `word` begins the candidate or one of its
 * parts (`pin` for `xen-pin`). Of two equally near, the one listed first.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  let best: string | undefined;
  let bestScore = Infinity;
  for (const candidate of candidates) {
    const score = distanceScore(typed, candidate.toLowerCase());
    if (score < bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}

/** Returns 0 for the same word, Infinity for one that is not near. */
function distanceScore(word: string, candidate: string): number {
  const allowed = Math.floor(Math.max(word.length, candidate.length) / 3);
  const beginsPart = word.length >= 2 && `-${candidate}`.includes(`-${word}`);
  // Prefix matches rank with one typing mistake, the start of the whole word before the start of a part.
  const prefixScore = !beginsPart ? Infinity : candidate.startsWith(word) ? 0.9 : 1.1;
  if (Math.abs(word.length - candidate.length) > allowed) return prefixScore;
  const typos = editDistance(word, candidate);
  return Math.min(prefixScore, typos <= allowed ? typos : Infinity);
}

/** Returns the Damerau-Levenshtein distance in its usual form (optimal string alignment: no letter is edited twice). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2] + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length];
}

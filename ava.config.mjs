/** How ava runs the tests: `npm test`, and `npx ava` on files of your choice. */

/** The files that take longest, the longest first: one that begins last would have a core for itself while the other one idles. */
const LONGEST = [
  /[\\/]e2e[\\/]soak\./,
  /[\\/]e2e[\\/]/,
  /[\\/](?:explore|stress|bench|schema|machine|tune|harness|small|fleet)\b/,
];

/** Its place in the list; behind all of them for the many files of a second. */
function rank(/** @type {string} */ file) {
  const place = LONGEST.findIndex((pattern) => pattern.test(file));
  return place < 0 ? LONGEST.length : place;
}

/** `npm test` names files that each run several test files (test/summary/groups.ts). */
const isGrouped = process.argv.some((argument) => argument.startsWith('dist/groups/'));

export default {
  files: [isGrouped ? 'dist/groups/**/*.js' : 'dist/test/**/*.test.js'],
  nodeArguments: ['--enable-source-maps'],
  // Without a result for so long, something hangs: a test beside four busy neighbours takes five times as long as alone.
  timeout: '4m',
  concurrency: 1,
  sortTestFiles: (/** @type {string} */ a, /** @type {string} */ b) => rank(a) - rank(b) || (a < b ? -1 : 1),
};

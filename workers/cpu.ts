/** The entry of every worker thread: it becomes one CPU. */
export { cpuMain } from '../lib/harness/cpuMain.js';

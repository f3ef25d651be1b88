/**
 * The entry of every worker thread: it becomes one CPU. No ES module, since the pool would load one by `require`, and Node
 * aborts the process if a thread is ended during that; it may end during an `import()`.
 */

const harness = import('../lib/harness/cpu/cpuMain.js');

const cpuMain: Awaited<typeof harness>['cpuMain'] = async (task) => await (await harness).cpuMain(task);

module.exports = { cpuMain };

/** What `import … from 'racehammer/js'` gives: hammer(), for code over SharedArrayBuffer and `Atomics`. Imported by every thread. */

export { hammer, type Hammered } from './hammer.js';
export type { ActorContext, CheckContext, HammerForm, OutcomeGrade, HammerDefinition } from './definition.js';

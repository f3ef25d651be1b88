/** Names of the failures that hash-batch finds itself. Used by the other files of this folder. */

export const DUPLICATE_HPTE = 'duplicate-hpte';
export const REFAULT_LIVELOCK = 'refault-livelock';
export const STALE_ACCESS = 'stale-access';
export const STALE_RIGHTS = 'stale-rights';

import { mask } from './mask.js';
import { lineAt, within, type Rule } from './source.js';

/** Races whose entries the hardware walks have them from here. */
const USES_MM = /from '[./]*\/lib\/sdk\/mm\.js'/;
/** A store of a whole word that is called pte, or entry. Atomic operations on single bits keep what the hardware sets. */
const STORES = /\b(?:WRITE_ONCE|xchg|smp_store_release)\(\s*cpu,\s*[^,;()]*\b(?:pte|entry)\s*,/g;

/** A store of a word that says whose a page is. */
const FREES = /\b(?:WRITE_ONCE|xchg|smp_store_release)\(\s*cpu,\s*[^,;()]*\bowner\s*,/g;

/** Where a page is freed, lib/mm looks into the TLBs. */
export const pagesAreFreedByMm: Rule = (files) =>
  within(files, 'stress')
    .filter(({ text }) => USES_MM.test(text))
    .flatMap(({ path, text }) =>
      Array.from(
        mask(text).code.matchAll(FREES),
        (match) =>
          `${path}:${lineAt(text, match.index)}: "${match[0]}…" gives a page away, of which a TLB may have a translation. Free it by freeOwned().`,
      ),
    );

/** The hardware sets bits of page-table entries at any time: a store that would lose one is noticed in lib/mm alone. */
export const entriesAreStoredByMm: Rule = (files) =>
  within(files, 'stress')
    .filter(({ text }) => USES_MM.test(text))
    .flatMap(({ path, text }) =>
      Array.from(mask(text).code.matchAll(STORES), (match) => {
        const remedy =
          'Store it by native_set_pte_at(), native_ptep_get_and_clear() or another function of lib/mm/nativePte.ts.';
        return `${path}:${lineAt(text, match.index)}: "${match[0]}…" stores an entry that the hardware may be changing. ${remedy}`;
      }),
    );

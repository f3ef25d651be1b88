/** What a page says once about several runs, and not in the section of each. Called by page/page.ts, page/overview.ts and section.ts. */

import { html, type Markup } from '../html/markup.js';
import type { RunDocument } from './document.js';
import { explanationsOf } from './explanations.js';
import { factList, factsOf, type Fact } from './facts.js';

/** What the rows of a verification have in common: parameters and host, and what their figures mean. */
export class SaidOnce {
  readonly #facts: readonly Fact[];
  readonly #keys: ReadonlySet<string>;
  readonly #explanations: readonly Fact[];
  readonly #id: string;

  /** `id` begins the ids that the sections lead to. */
  constructor(runs: readonly RunDocument[], id: string) {
    const [first, ...others] = runs.map(ownFacts).map(byKey);
    this.#facts = [...first].filter(([key]) => others.every((one) => one.has(key))).map(([, fact]) => fact);
    this.#keys = new Set(byKey(this.#facts).keys());
    this.#explanations = [...byKey(runs.flatMap(explanationsOf)).values()];
    this.#id = id;
  }

  /** Returns what is said once. */
  list(): Markup {
    return html`<h3 id="${this.#id}-all">Parameters and host of all rows</h3>
      ${factList(this.#facts)}
      <h3 id="${this.#id}-read">How to read the rows</h3>
      ${factList(this.#explanations)}`;
  }

  /** Returns what is left to say of a run. */
  listOf(run: RunDocument): Markup {
    const own = ownFacts(run).filter((fact) => !this.#keys.has(keyOf(fact)));
    return html`${factList(own)}
      <p><a href="#${this.#id}-all">Those of all rows</a></p>`;
  }

  /** Returns the heading of a figure, which leads to what it means. */
  heading(name: string): Markup {
    return html`<a href="#${this.#id}-read">${name}</a>`;
  }
}

function ownFacts(run: RunDocument): Fact[] {
  return factsOf(run, true);
}

function byKey(facts: readonly Fact[]): Map<string, Fact> {
  return new Map(facts.map((fact) => [keyOf(fact), fact]));
}

function keyOf([name, value]: Fact): string {
  return `${name.toString()}\n${value}`;
}

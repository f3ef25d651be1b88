/** The style sheet of every HTML page. Used by shell.ts. */

import { html } from './markup.js';

/** Colours are named by their meaning, for a light and a dark background; each has the contrast that WCAG AA requires. */
export const STYLE = html`<style>
  :root {
    color-scheme: light dark;
    --ground: #f6f7f8;
    --card: #ffffff;
    --ink: #1b1f23;
    --soft: #57606a;
    --line: #d5dadf;
    --well: #f1f3f5;
    --good: #14692f;
    --good-ground: #dcf3e2;
    --known: #0b57a4;
    --known-ground: #dcebfb;
    --bad: #a8111c;
    --bad-ground: #fde3e3;
    --open: #7a4d00;
    --open-ground: #fbeccb;
    --broken: #6d2f96;
    --broken-ground: #f2e4fb;
    --trials: #7a93ad;
    --failures: #cf3b45;
    --even: #1b1f23;
    --grid: #e6e9ec;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --ground: #101316;
      --card: #181c20;
      --ink: #e4e7ea;
      --soft: #9aa4ae;
      --line: #333a41;
      --well: #0c0e11;
      --good: #7ee29a;
      --good-ground: #14331d;
      --known: #8cc4ff;
      --known-ground: #12304f;
      --bad: #ff9a9a;
      --bad-ground: #481519;
      --open: #f3c969;
      --open-ground: #3d2d08;
      --broken: #d9a8f7;
      --broken-ground: #371b4a;
      --trials: #5d7893;
      --failures: #e8636b;
      --even: #f3f5f7;
      --grid: #272d33;
    }
  }
  * {
    box-sizing: border-box;
  }
  body {
    margin: 0;
    background: var(--ground);
    color: var(--ink);
    font:
      15px/1.5 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Helvetica Neue',
      Arial,
      sans-serif;
  }
  .page {
    max-width: 1120px;
    margin: 0 auto;
    padding: 28px 20px 48px;
  }
  .page:has(.soak) {
    max-width: 1440px;
  }
  h1 {
    font-size: 26px;
    line-height: 1.25;
    margin: 2px 0 6px;
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: 19px;
    margin: 0;
    overflow-wrap: anywhere;
  }
  h3 {
    font-size: 15px;
    margin: 22px 0 8px;
  }
  p {
    margin: 6px 0;
    max-width: 92ch;
    overflow-wrap: anywhere;
  }
  a {
    color: var(--known);
  }
  .kicker {
    color: var(--soft);
    font-size: 13px;
    letter-spacing: 0.04em;
    text-transform: uppercase;
    margin: 0;
  }
  .soft,
  figcaption,
  caption {
    color: var(--soft);
    font-size: 13px;
  }
  .card {
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 8px;
    padding: 18px 20px;
    margin: 18px 0;
  }
  .title {
    display: flex;
    flex-wrap: wrap;
    gap: 10px;
    align-items: center;
  }
  .badge {
    display: inline-block;
    font-weight: 650;
    font-size: 12px;
    letter-spacing: 0.03em;
    padding: 2px 9px;
    border-radius: 999px;
    white-space: nowrap;
    color: var(--known);
    background: var(--known-ground);
  }
  .badge.held {
    color: var(--good);
    background: var(--good-ground);
  }
  .badge.violated {
    color: var(--bad);
    background: var(--bad-ground);
  }
  .badge.not_reproduced,
  .badge.inconclusive {
    color: var(--open);
    background: var(--open-ground);
  }
  .badge.harness_error {
    color: var(--broken);
    background: var(--broken-ground);
  }
  .tiles {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
    gap: 1px;
    margin: 16px 0 4px;
    border: 1px solid var(--line);
    border-radius: 6px;
    overflow: hidden;
  }
  .tiles > div {
    padding: 9px 12px;
    box-shadow: 0 0 0 1px var(--line);
  }
  .tiles dt {
    color: var(--soft);
    font-size: 12px;
  }
  .tiles dd {
    margin: 0;
    font-size: 18px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  .tiles dd small {
    display: block;
    font-size: 12px;
    font-weight: 400;
    color: var(--soft);
  }
  .scroll {
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
    width: 100%;
    font-size: 14px;
    margin: 8px 0;
  }
  caption {
    text-align: left;
    padding: 0 0 6px;
  }
  th,
  td {
    text-align: left;
    padding: 5px 12px 5px 0;
    border-bottom: 1px solid var(--line);
    vertical-align: top;
    overflow-wrap: anywhere;
  }
  table.fit {
    width: auto;
  }
  table.fit th,
  table.fit td {
    padding-right: 28px;
  }
  thead th {
    overflow-wrap: normal;
    color: var(--soft);
    font-weight: 600;
    font-size: 12.5px;
    vertical-align: bottom;
  }
  tbody th {
    font-weight: 500;
    min-width: 11ch;
  }
  td {
    min-width: 8ch;
  }
  .num,
  .figures :is(td, th),
  .outcomes :is(td, th):nth-child(n + 2):nth-child(-n + 5) {
    text-align: right;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  td.num:last-child,
  th.num:last-child {
    padding-right: 0;
  }
  .facts {
    display: grid;
    grid-template-columns: fit-content(40%) auto;
    width: fit-content;
    margin: 8px 0;
    font-size: 14px;
    overflow-wrap: anywhere;
  }
  .facts > * {
    border-bottom: 1px solid var(--line);
    margin: 0;
    padding: 5px 0;
  }
  .facts dt {
    font-weight: 500;
    min-width: 11ch;
    padding-right: 28px;
  }
  .charts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr));
    gap: 8px 28px;
  }
  figure {
    margin: 10px 0 0;
    min-width: 0;
  }
  figure h3 {
    margin: 8px 0 4px;
  }
  figcaption {
    margin-top: 4px;
  }
  pre {
    background: var(--well);
    border: 1px solid var(--line);
    border-radius: 6px;
    padding: 12px 14px;
    margin: 8px 0;
    overflow: auto;
    max-height: 34em;
    font:
      12.5px/1.45 ui-monospace,
      SFMono-Regular,
      'DejaVu Sans Mono',
      Menlo,
      Consolas,
      monospace;
    tab-size: 8;
  }
  pre.wrap {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  pre:focus-visible,
  summary:focus-visible,
  a:focus-visible,
  input:focus-visible,
  button:focus-visible,
  [tabindex]:focus-visible {
    outline: 2px solid var(--known);
    outline-offset: 2px;
  }
  details {
    margin: 12px 0;
  }
  details.card {
    margin: 8px 0;
  }
  summary {
    cursor: pointer;
    font-weight: 600;
  }
  details.card > summary {
    margin: -4px 0;
  }
  summary .soft {
    font-weight: 400;
  }
  summary .title {
    display: inline-flex;
    vertical-align: middle;
    max-width: calc(100% - 24px);
  }
  .timeline {
    background: #fff;
    border: 1px solid var(--line);
    border-radius: 6px;
    padding: 10px;
    overflow-x: auto;
  }
  .timeline img {
    display: block;
    max-width: none;
    color-scheme: light;
  }
  .tall {
    max-height: 22em;
    overflow-y: auto;
  }
  .notice {
    border-left: 3px solid var(--open);
    padding-left: 12px;
  }
  @media (max-width: 640px) {
    .page {
      padding: 16px 8px;
    }
    .card {
      padding: 12px 10px;
    }
  }
  @media print {
    body {
      background: #fff;
    }
    .card {
      break-inside: avoid;
    }
    pre {
      max-height: none;
      white-space: pre-wrap;
    }
  }
</style>`;

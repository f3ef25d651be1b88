/** The report of a failure of a Xen guest. Called on the host by the race xen-pin. */

import { DEADLOCK } from '../../machine/signatures.js';
import type { Snapshot } from '../../machine/snapshotView.js';
import {
  bugHead,
  dataAddress,
  hex,
  pageFaultHead,
  pageVirtualAddress,
  showRegisters,
  type Registers,
} from '../../kernel/oops.js';
import { MULTICALL_FAILED, readMulticalls } from './multicall.js';
import { OOPS_WRITE_PROTECTION } from './pageFault.js';
import { PT_PAGE, typeName } from './ptPage.js';

/** Returns what a Xen guest's kernel log says of a failure: the lines of the oops or BUG, filled from the snapshot. */
export function xenReport(s: Snapshot, steps: readonly string[]): readonly string[] {
  if (s.signature === OOPS_WRITE_PROTECTION) return writeProtectionOops(s, steps);
  if (s.signature === MULTICALL_FAILED) return multicallFailure(s, steps);
  if (s.signature === DEADLOCK) return [];
  return [...bugHead(s.message), ...showRegisters(s, detailRegisters(s), steps)];
}

/**
 * Returns the lines of the oops. ebx is the address of the PTE, as in the mail; eax the PTE, ecx its lock word, edx the
 * page's type as the fault found it, esi its linear-map PTE.
 */
function writeProtectionOops(s: Snapshot, steps: readonly string[]): string[] {
  const [ptep, errorCode, page, type] = s.detail;
  const address = pageVirtualAddress(page, ptep - page - PT_PAGE.entries);
  const lin = s.word(page + PT_PAGE.lin);
  const pte = s.word(ptep);
  const registers = {
    eax: pte,
    ebx: address,
    ecx: s.word(page + PT_PAGE.ptl),
    edx: type,
    esi: lin,
    edi: dataAddress(s.instance),
  };
  return [
    ...pageFaultHead(s, address, errorCode, lin),
    ...showRegisters(s, registers, steps),
    `Page table page ${hex(page, 4)}: type ${typeName(type)}, linear-map PTE ${hex(lin)} ${(lin & 2) === 0 ? 'RO' : 'RW'}, PTE ${hex(pte)}`,
  ];
}

function multicallFailure(s: Snapshot, steps: readonly string[]): string[] {
  const entries = readMulticalls(s.mem, s.cpus[s.cpu].percpu);
  const failed = entries.filter((e) => e.result !== 0).length;
  return [
    `${failed} multicall(s) failed: cpu ${s.cpu}`,
    ...entries.map(
      (e) =>
        `  call ${String(e.index + 1).padStart(2)}/${entries.length}: op=${e.op} arg=[${hex(dataAddress(e.page), 1)}] result=${e.result}`,
    ),
    ...bugHead(s.message),
    ...showRegisters(s, detailRegisters(s), steps),
  ];
}

function detailRegisters(s: Snapshot): Registers {
  const [eax, ebx, ecx, edx] = s.detail;
  return { eax, ebx, ecx, edx, esi: 0, edi: dataAddress(s.instance) };
}

/** The kernel's log: the text of oopses and bugs, for the reports of races. */

export {
  hex,
  pageVirtualAddress,
  dataAddress,
  type Registers,
  pageFaultHead,
  bugHead,
  showRegisters,
  callTrace,
  pidOf,
} from '../kernel/oops.js';

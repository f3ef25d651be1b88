/** The options of `completion`. */

import { command } from '../options/command.js';

/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const COMPLETE = command({
  name: 'completion',
  about: 'print a script that completes commands, flags, races and variants in a shell',
  operands: [{ name: '<shell>', help: SHELLS.join(', ') }],
  options: {},
  notes: [
    'bash: source <(racehammer completion bash), in ~/.bashrc',
    'zsh:  source <(racehammer completion zsh), in ~/.zshrc behind compinit',
    'fish: racehammer completion fish > ~/.config/fish/completions/racehammer.fish',
  ],
});

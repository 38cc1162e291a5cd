// `sagaline completion`: a script for the shell, which asks `sagaline complete` what can come next.
import { type Command, exitCodes, type Terminal, tell, usage } from '../command.ts'
import { complete } from './complete.ts'

/** Each hands over the words up to the cursor, the last of which may be empty. */
const scripts: Readonly<Record<string, string>> = {
  bash: `_sagaline() {
  local IFS=$'\\n'
  COMPREPLY=($(sagaline complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _sagaline sagaline`,
  zsh: `#compdef sagaline
_sagaline() {
  local -a found
  found=("\${(@f)$(sagaline complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- \${found:#}
}
if [ "$funcstack[1]" = _sagaline ]; then _sagaline "$@"; else compdef _sagaline sagaline; fi`,
  fish: `complete -c sagaline -f -a '(sagaline complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
}

const shells = Object.keys(scripts)

/** `all` is asked late, since the table of commands has these as well. */
export function completionCommands(all: () => readonly Command[]): readonly Command[] {
  return [completionCommand, completeCommand(all)]
}

const completionCommand: Command = {
  name: 'completion',
  summary: 'Prints what makes a shell complete commands, flags, names and ids.',
  takes: `<${shells.join('|')}>`,
  wordsMax: 1,
  choices: [shells],
  flags: {},
  examples: [
    'source <(sagaline completion bash)    # in ~/.bashrc',
    'source <(sagaline completion zsh)    # in ~/.zshrc, after compinit',
    'sagaline completion fish > ~/.config/fish/completions/sagaline.fish',
  ],
  run: async (call, terminal) => {
    const shell = call.words[0] ?? ''
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
    if (script === undefined) throw usage(`the shell must be one of ${shells.join(', ')}`)
    tell(call, terminal, { shell, script }, () => script)
    return exitCodes.fine
  },
}

/** More words than anybody has typed. */
const wordsMax = 10_000

function completeCommand(all: () => readonly Command[]): Command {
  return {
    name: 'complete',
    summary: 'Tells a shell what can come next; the words stand behind --.',
    takes: '-- <word>…',
    wordsMax,
    flags: {},
    examples: ['sagaline complete -- show ""'],
    run: async (call, terminal: Terminal) => {
      const found = await complete(call.words, all(), terminal)
      tell(call, terminal, found, () => found.join('\n'))
      return exitCodes.fine
    },
  }
}

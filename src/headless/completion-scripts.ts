// The scripts that `completion` prints. Each asks the hidden command `__complete` with the words typed so far.
import { PATHS } from './completions.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type ShellName = (typeof shells)[number]

// `read` and not `compgen -W` or a word splitting: names come from the daemon, and a shell must not expand them.
// bash 3.2 (macOS) has neither mapfile nor compopt.
const bash = `# Completion of switchyard for bash.
_switchyard() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(switchyard __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${COMPREPLY[0]-} == ${PATHS} ]]; then
    COMPREPLY=()
    type compopt &>/dev/null && compopt -o default
  elif [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then
    type compopt &>/dev/null && compopt -o nospace
  fi
}
complete -F _switchyard switchyard
`

// As a file of $fpath it is run at the first Tab, and has to complete that one too.
const zsh = `#compdef switchyard
# Completion of switchyard for zsh.
_switchyard() {
  local -a found plain open
  found=(\${(f)"$(switchyard __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if [[ $found[1] == ${PATHS} ]]; then
    _files
    return
  fi
  plain=(\${found:#*=})
  open=(\${(M)found:#*=})
  local -i nothing=1
  (( $#plain )) && compadd -a plain && nothing=0
  (( $#open )) && compadd -S '' -a open && nothing=0
  return nothing
}
if [[ $funcstack[1] == _switchyard ]]; then
  _switchyard "$@"
else
  compdef _switchyard switchyard
fi
`

const fish = `# Completion of switchyard for fish.
function __switchyard_complete
    set -l found (switchyard __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
    if test "$found[1]" = ${PATHS}
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $found
    end
end
complete -c switchyard -f -a '(__switchyard_complete)'
`

export const scripts: Readonly<Record<ShellName, string>> = { bash, zsh, fish }

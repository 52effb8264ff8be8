// What many commands say, and how a command is called.

export const common = {
  'option.json': 'print JSON on stdout; an error is JSON on stderr',
  'option.data-dir': 'data directory of the daemon (or SWITCHYARD_DATA_DIR)',
  'option.help': 'show this help',
  'option.version': 'print the version',
  'argument.ref': 'its name or id',
  'argument.node-key': 'label or id of the key',
  'argument.pool': 'name of the pool',
  'argument.new-pool': 'name of the new pool',
  'argument.setting': 'name of the setting',
  'argument.assignments': 'one or more NAME=VALUE',
  'option.name': 'what it is called',
  'option.new-name': 'a new name',
  'option.watch': 'stay and show what changes; ends with Ctrl-C',
  'option.yes': 'do not ask',
  'usage.one-of': 'Use one of {{options}}.',
  'help.options-placeholder': 'options',
  'help.command-placeholder': 'command',
  'help.choices': 'choices: {{choices}}',
  'help.default': 'default: {{value}}',
  'help.with-extra': '{{description}} ({{extra}})',
  'help.usage': 'Usage:',
  'help.arguments': 'Arguments:',
  'help.options': 'Options:',
  'help.commands': 'Commands:',
  'help.examples_one': 'Example:',
  'help.examples_other': 'Examples:',
  'program.summary':
    'A local proxy for AI command-line tools that fails over between API nodes inside the same request.',
  'program.footer':
    'Every command takes --json and finds the daemon through --data-dir or SWITCHYARD_DATA_DIR. With --json, results are JSON on stdout and an error is one line {"error":{"code","message"}} on stderr. Messages follow LANG.\nExit codes: 0 done, 1 refused or failed, 2 wrong usage.',

  'usage.too-many-words': 'There are more words than this command takes. See `{{command}} --help`.',
  'usage.unknown-option': 'There is no option {{option}}. See `{{command}} --help`.',
  'usage.unknown-option-near': 'There is no option {{option}}. Did you mean {{near}}? See `{{command}} --help`.',
  'usage.unknown-command': 'There is no command {{name}}. See `{{command}} --help`.',
  'usage.unknown-command-near': 'There is no command {{name}}. Did you mean {{near}}? See `{{command}} --help`.',
  'usage.missing-argument': 'The argument {{name}} is missing. See `{{command}} --help`.',
  'usage.option-needs-value': 'The option {{option}} needs a value. See `{{command}} --help`.',
  'usage.option-required': 'The option {{option}} is required. See `{{command}} --help`.',
  'usage.not-allowed': 'The option {{option}} takes one of: {{choices}}. See `{{command}} --help`.',
  'usage.argument-not-allowed': 'The argument {{name}} is one of: {{choices}}. See `{{command}} --help`.',
  'usage.wrong': 'The command was not understood: {{message}} See `{{command}} --help`.',
  'usage.nothing-to-change': 'Nothing to change was given. See `{{command}} --help`.',
  'usage.data-dir-empty': '--data-dir is empty: name a directory, or leave the option out.',
  'usage.whole-number': '{{option}} takes a whole number from {{min}} to {{max}}.',
  'usage.name': 'A name has 1 to 64 letters, digits, dots, dashes or underscores and starts with a letter or digit.',
  'usage.model': 'A model has 1 to 200 characters; * stands for any.',
  'usage.mapping': '--map takes FROM=TO, for example claude-*=glm-4.6.',
  'usage.key-env': '--key-env takes the name of an environment variable, not its value.',
  'usage.no-terminal-to-confirm':
    'This asks before it acts, and there is no terminal to ask at: add --yes. ({{question}})',
  'confirm.choices': '[y/N]',
  'stdin.timeout': 'Nothing ended standard input within 60 s: pipe it in, for example `… --key-stdin < key-file`.',
  'stdin.too-large': 'Standard input is larger than 512 KiB.',
  'failure.cancelled': 'Cancelled: nothing was changed.',
  'failure.unforeseen': 'This failed: {{message}}',

  'daemon.not-running':
    'Switchyard is not running on the data directory {{directory}}: start it with `{{command}} serve`, or name another directory with --data-dir or SWITCHYARD_DATA_DIR.',
  'daemon.other-version':
    'The running daemon (pid {{pid}}) is Switchyard {{running}}, this command is {{version}}: restart it with `{{command}} stop` and `{{command}} serve`.',
  'daemon.files-unreadable':
    "The daemon's files in the data directory cannot be read ({{reason}}): run this command as the user who started Switchyard.",
  'daemon.unknown-shape':
    'The daemon answered in a shape this command does not know: restart it, so that both have one version.',
  'daemon.no-answer': 'The daemon does not answer: look into its log, logs/switchyard.log in the data directory.',
  'daemon.connection-lost': 'The daemon closed the connection: it is stopping, or it died. Look into its log.',
  'daemon.token-refused':
    'The daemon refused the control token: the data directory belongs to another daemon than the one that answers. Restart it.',
  'daemon.failed-inside':
    'The daemon failed at this: the reason is in its log, logs/switchyard.log in the data directory.',
  'daemon.input-refused': 'The daemon refused the input. {{problems}}.',
} as const

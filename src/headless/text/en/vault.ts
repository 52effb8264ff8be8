// The vault: what protects the secrets on disk.

export const vault = {
  'vault.summary': 'What protects the stored keys: status, unlock, rotate, protect, export, import.',
  'vault-status.summary': 'Show what protects the stored keys, and whether they can be opened.',
  'vault-status.protection': 'Protection',
  'vault-status.state': 'State',
  'vault-status.sealed': 'Secrets',
  'vault-status.message': 'Message',
  'vault-protection.key-file': 'key file (vault.key in the data directory)',
  'vault-protection.passphrase': 'passphrase',
  'vault-protection.systemd-credential': 'systemd credential switchyard-vault-key',
  'vault-protection.keychain': 'keychain of the desktop',
  'vault-state.open': 'open',
  'vault-state.locked': 'locked',
  'vault-state.damaged': 'damaged',
  'vault-unlock.summary': 'Open a locked vault with its passphrase, which is asked for.',
  'vault-unlock.question': 'Passphrase of the vault (not shown): ',
  'vault-unlock.already': 'The vault is open already.',
  'vault-unlock.done': 'The vault is open: the stored keys are in use from the next request on.',
  'vault-rotate.summary': 'Seal everything anew with a new data key. Asks first.',
  'vault-rotate.question':
    'Seal everything anew? Backups of the database made so far, and exports, open with the old data key only, which goes.',
  'vault-rotate.done_one': 'The vault has a new data key; 1 secret was sealed anew. Make new backups and exports now.',
  'vault-rotate.done_other':
    'The vault has a new data key; {{count}} secrets were sealed anew. Make new backups and exports now.',
  'vault-protect.summary':
    'Protect the vault another way: key-file, passphrase or systemd-credential. A passphrase is asked for.',
  'vault-protect.argument': 'key-file, passphrase or systemd-credential',
  'vault-protect.unknown': 'A protection is one of: {{protections}}.',
  'vault-protect.passphrase-unused': 'A passphrase goes with the protection "passphrase" only.',
  'vault-protect.key-file':
    'The vault is protected by its key file now. Whoever can read vault.key and the database can read the keys.',
  'vault-protect.passphrase':
    'The vault is protected by the passphrase now; nobody can recover it. After a restart it is locked until `{{unlock}}`, unless the daemon is given the passphrase (SWITCHYARD_VAULT_PASSPHRASE or --vault-passphrase-file).',
  'vault-protect.systemd-credential':
    'The vault is protected by the systemd credential now, and opens only in a service that has it. Keep an export, too.',
  'vault-export.summary':
    'Write the data key under a passphrase: with it and the database another machine opens the vault.',
  'vault-export.output': 'write it to this new file instead of standard output',
  'vault-export.question': 'Passphrase for the export (not shown): ',
  'vault-export.done':
    'Exported to {{file}}. With it, its passphrase and the database another machine opens the vault.',
  'vault-export.not-written':
    'The export cannot be written to {{file}} ({{reason}}): name a new file in a directory of yours.',
  'vault-import.summary': 'Open a locked or damaged vault with what `vault export` wrote.',
  'vault-import.argument': 'file that `vault export` wrote',
  'vault-import.question': 'Passphrase of the export (not shown): ',
  'vault-import.not-read': 'The export {{file}} cannot be read ({{reason}}).',
  'vault-import.done': 'The vault is open, and protected by its key file: `{{protect}}` chooses another protection.',
  'passphrase.option-stdin': 'read the passphrase from standard input',
  'passphrase.option-env': 'read the passphrase from this variable',
  'passphrase.new-question': 'New passphrase (at least 8 characters, not shown): ',
  'passphrase.again-question': 'The same once more: ',
  'passphrase.differ': 'The two are not the same: nothing was changed. Try again.',
  'passphrase.short':
    'A new passphrase has at least 8 characters; several words are easy to remember and hard to guess.',
  'passphrase.empty': 'The passphrase is empty: nothing was changed.',
  'passphrase.no-terminal':
    'A passphrase is needed, and there is no terminal to ask at: pipe it in with --passphrase-stdin, or name an environment variable with --passphrase-env NAME.',
  'passphrase.not-on-command-line':
    "{{flag}} is not taken: what stands on a command line is seen by other users of the machine and kept in the shell's history. Use --passphrase-stdin or --passphrase-env NAME, or leave both out and type it at the prompt. If the real one was just typed, choose another.",
  'serve.vault-passphrase-file': 'file whose first line opens the vault (or SWITCHYARD_VAULT_PASSPHRASE)',
  'serve.vault-passphrase-twice':
    'Both --vault-passphrase-file and SWITCHYARD_VAULT_PASSPHRASE give a passphrase: use one of them.',
  'serve.vault-passphrase-unreadable': 'The passphrase file {{file}} cannot be read ({{reason}}).',
  'serve.vault-passphrase-empty':
    'The passphrase file {{file}} is empty or larger than 4 KiB: the passphrase is its first line.',
} as const

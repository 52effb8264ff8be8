// What the daemon says of the vault, in English. A part of sentences.ts.

export const vaultSentences = {
  'vault-locked': 'The vault is locked: `switchyard vault unlock` opens it with its passphrase.',
  'vault-locked-wrong-passphrase':
    'The vault is locked: the passphrase given at the start does not open it. `switchyard vault unlock` asks for the right one.',
  'vault-locked-credential':
    'The vault is locked: the systemd credential {{name}} is not there. Start Switchyard as the service that has it (LoadCredential= or LoadCredentialEncrypted=), or open the vault with an export: `switchyard vault import`.',
  'vault-locked-keychain':
    "The vault is locked: it is sealed by the desktop's keychain. Export it there, then open it here with `switchyard vault import`.",
  'vault-key-missing':
    'The vault is damaged: the key file {{path}} is missing, and stored secrets ({{sealed}}) cannot be opened without it. Restore it from a backup and restart, open the vault with an export (`switchyard vault import`), or remove the nodes and add them with their keys again.',
  'vault-key-foreign':
    'The vault is damaged: its data key opens none of the stored secrets ({{sealed}}), so it belongs to another database. Restore the vault files that belong to this database and restart, open the vault with an export (`switchyard vault import`), or remove the nodes and add them with their keys again.',
  'vault-key-wrong-length':
    'The vault is damaged: the key file {{path}} is {{bytes}} bytes long instead of {{expected}}. Restore it from a backup and restart, open the vault with an export (`switchyard vault import`), or remove the nodes and add them with their keys again.',
  'vault-file-damaged':
    'The vault is damaged: {{path}} cannot be understood. Restore it from a backup and restart, open the vault with an export (`switchyard vault import`), or remove the nodes and choose a protection anew (`switchyard vault protect`).',
  'vault-file-newer': 'The vault is damaged: {{path}} was written by a newer Switchyard. Install that one again.',
  'vault-file-unreadable':
    'The vault is damaged: {{path}} cannot be read ({{reason}}). It must be an ordinary file that belongs to your user; put that right and restart.',
  'vault-credential-wrong':
    'The vault is damaged: the systemd credential {{name}} does not open it; it must be the one the vault was protected with, at least {{bytes}} bytes. Give the service that one and restart, or open the vault with an export: `switchyard vault import`.',
  'vault-file-unwritable':
    '{{path}} cannot be written ({{reason}}). Free disk space or make it writable for your user, then try again.',
  'vault-value-unknown-format':
    'A stored secret of {{owner}} has a format this Switchyard does not know; install the newer Switchyard again, or enter it anew.',
  'vault-value-not-readable':
    'A stored secret of {{owner}} cannot be opened: it is damaged, belongs to something else, or was sealed with another data key. Enter it anew, or restore the vault files that belong to this database.',
  'vault-wrong-passphrase': 'That is not the passphrase of the vault. Nothing was changed.',
  'vault-no-passphrase': 'The vault is not protected by a passphrase: `switchyard vault status` says what opens it.',
  'vault-unlock-wait':
    'Another passphrase is being tried, and after several wrong ones that takes longer. Try again in {{seconds}} s.',
  'vault-already-open': 'The vault is open already: there is nothing to import.',
  'vault-no-credential':
    'There is no systemd credential {{name}} of at least {{bytes}} bytes: give it to the service with LoadCredential= or LoadCredentialEncrypted=, restart it, and try again.',
  'vault-rotate-unreadable':
    'These stored secrets cannot be opened, and with a new data key they would be lost: {{names}}. Enter them anew or remove them, then try again.',
  'vault-export-newer': 'The export was written by a newer Switchyard: import it with that one.',
  'vault-export-invalid': 'This is not an export of a vault: give the whole text that `switchyard vault export` wrote.',
  'vault-export-wrong-passphrase':
    'That is not the passphrase of the export, or the export was changed. Nothing was changed here.',
  'vault-export-foreign':
    'The export opens {{opened}} of the {{sealed}} secrets in the database, so it belongs to another one or to an earlier state of it. Nothing was changed here.',
} as const satisfies Readonly<Record<string, string>>

// Why the daemon cannot start, or not end whole, in English. A part of sentences.ts. `option` is the one that chooses the port.

export const startSentences = {
  'already-running':
    'Switchyard is already running on the data directory {{directory}} (pid {{pid}}): proxy {{proxyUrl}}, control {{controlUrl}}. Use it, stop it, or choose another directory with --data-dir.',
  'already-starting':
    'Another Switchyard is starting or stopping on the data directory {{directory}}. Try again in a moment, or choose another directory with --data-dir.',
  'bad-settings': 'These environment variables have values that cannot be used. Correct or unset them:',
  'value-expects-number': '{{name}}: expected a number from {{min}} to {{max}}',
  'value-expects-whole-number': '{{name}}: expected a whole number from {{min}} to {{max}}',
  'value-expects-boolean': '{{name}}: expected true or false',
  'value-expects-statuses': '{{name}}: expected HTTP statuses from 400 to 599, separated by commas',
  'value-expects-choice': '{{name}}: expected one of {{choices}}',
  'value-expects-text': '{{name}}: expected {{form}}',
  'port-of-switchyard':
    'Port {{port}} is in use by another Switchyard. Use that one, stop it, or start this one with another {{option}} and its own --data-dir.',
  'port-of-switchyard-with-pid':
    'Port {{port}} is in use by another Switchyard (pid {{pid}}). Use that one, stop it, or start this one with another {{option}} and its own --data-dir.',
  'port-of-program':
    'Port {{port}} is in use by {{program}} (pid {{pid}}). Stop it, or start Switchyard with another {{option}}.',
  'port-in-use': 'Port {{port}} is in use by another program. Stop it, or start Switchyard with another {{option}}.',
  'port-refused': 'The system does not let this user listen on port {{port}}. Choose one above 1023 with {{option}}.',
  'records-lost': 'Switchyard has stopped, but {{loss}}',
  'data-directory-foreign-link':
    'The data directory {{directory}} is a link that belongs to another user, who could point it elsewhere; remove it or choose another directory.',
  'data-directory-not-one':
    'The data directory {{directory}} is not a directory; move away what is there or choose another directory.',
  'data-directory-path-blocked':
    'The data directory {{directory}} cannot be created because something in its path is not a directory; choose another directory.',
  'data-directory-not-created':
    'The data directory {{directory}} cannot be created ({{code}}); create it for your user or choose another directory.',
  'data-directory-shared':
    'The data directory {{directory}} holds other files and can be read by other users; choose a directory of its own for Switchyard, for example {{example}}.',
  'data-directory-mode':
    'The data directory {{directory}} can be read by other users and its mode cannot be changed ({{code}}); make it yours (chown) with mode 0700 or choose another directory.',
  'data-directory-unreadable':
    'The data directory {{directory}} cannot be read ({{code}}); make it yours (chown) with mode 0700 or choose another directory.',
  'data-directory-unwritable':
    'The data directory {{directory}} cannot be written ({{code}}); make it writable for your user, free disk space, or choose another directory.',
  'data-file-mode':
    '{{path}} can be read by other users and its mode cannot be changed ({{code}}); make it yours (chown) with mode {{mode}} or move it away.',
  'data-file-leftover':
    '{{path}} is left from a crash and cannot be removed ({{code}}); remove it and start Switchyard again.',
  'data-file-unreadable':
    'The directory {{directory}} cannot be read ({{code}}); make it yours (chown) with mode 0700.',
  // What SQLite said; the other languages put the gist before it.
  'database-newer': '{{detail}}',
  'database-busy': '{{detail}}',
  'database-full': '{{detail}}',
  'database-read-only': '{{detail}}',
  'database-corrupt': '{{detail}}',
  'database-failed': '{{detail}}',
  'start-failed': '{{detail}}',
} as const satisfies Readonly<Record<string, string>>

// What the control plane refuses, in English: what happened, to what, what to do.

export const controlSentences = {
  // Nothing of that name. `names` is a list, quoted where it is a guess.
  'node-unknown-near': 'There is no node "{{ref}}". Did you mean {{names}}?',
  'node-unknown-far': 'There is no node "{{ref}}". Nodes: {{names}}.',
  'node-unknown-none': 'There is no node "{{ref}}". There is no node at all yet.',
  'client-key-unknown-near': 'There is no client key "{{ref}}". Did you mean {{names}}?',
  'client-key-unknown-far': 'There is no client key "{{ref}}". Client keys: {{names}}.',
  'client-key-unknown-none': 'There is no client key "{{ref}}". There is no client key at all yet.',
  'pool-unknown-near': 'There is no pool "{{ref}}". Did you mean {{names}}?',
  'pool-unknown-far': 'There is no pool "{{ref}}". Pools: {{names}}.',
  'pool-unknown-none': 'There is no pool "{{ref}}". There is no pool at all yet.',
  'setting-unknown-near': 'There is no setting "{{ref}}". Did you mean {{names}}?',
  'setting-unknown-far': 'There is no setting "{{ref}}". The list of the settings has them all.',
  'setting-unknown-none': 'There is no setting "{{ref}}". There is no setting at all.',
  'node-key-unknown-near': 'The node has no key "{{ref}}". Did you mean {{names}}?',
  'node-key-unknown-far': 'The node has no key "{{ref}}". Its keys: {{names}}.',
  'node-key-unknown-none': 'The node has no key "{{ref}}". It has no key at all.',

  // Base URLs of nodes.
  'base-url-characters': 'The base URL has a space, a backslash or a control character. Remove it.',
  'base-url-not-http':
    'The base URL is not an http or https URL. Write it like https://relay.example or https://relay.example/api.',
  'base-url-userinfo':
    'The base URL carries a user name or password. Give the key with --key-stdin or at the prompt instead.',
  'base-url-fragment': 'The base URL has a fragment (#…). Remove it.',
  'base-url-query': 'The base URL has a query (?…). Remove it.',
  'base-url-double-slash': 'The base URL has // in its path. Remove the extra slash.',
  'base-url-dots': 'The base URL has . or .. in its path. Write the path out.',
  'base-url-link-local': 'The base URL points at {{host}}, a link-local address. No node can live there.',
  'base-url-unspecified': 'The base URL points at {{host}}, the unspecified address. No node can live there.',
  'base-url-metadata': 'The base URL points at {{host}}, the address of a metadata service. No node can live there.',
  'base-url-multicast': 'The base URL points at {{host}}, a multicast or reserved address. No node can live there.',
  'base-url-not-an-address': 'The base URL points at {{host}}, which is not an address. Write the name of the host.',
  'base-url-plain-http':
    'The base URL is http:, so the key would travel unencrypted. Use https:, or allow it for this node (--allow-http).',
  'base-url-own-port':
    'The base URL {{baseUrl}} is Switchyard itself (port {{port}}): requests would go round in circles. Give the address of the node.',

  // Nodes.
  'node-name-taken': 'There is already a node named "{{name}}". Choose another name.',
  'simulated-node-name-taken': 'There is already a simulated node named "{{name}}". Choose another name.',
  'node-simulated':
    'The node "{{name}}" is simulated and cannot be changed. Start Switchyard without --demo to be rid of it; with --demo-if-empty it goes when you add a node of your own.',
  'node-pool-demo':
    'The pool "{{pool}}" belongs to the simulated nodes. Give the node another pool, or leave it out for the default one.',
  'node-gone': 'The node "{{name}}" is gone: somebody has removed it just now.',
  'node-model-mapped-twice': 'The model map names "{{model}}" twice. Say once what it becomes.',
  'node-proxy-user-alone':
    "A user name at the proxy needs a proxy of the node's own. Give its URL too, or leave the user name out.",
  'node-proxy-password-alone':
    "A password at the proxy needs a proxy of the node's own. Give its URL and user name too.",
  'node-proxy-password-without-user': 'A password at the proxy needs a user name. Give that too.',
  'node-proxy-password-long': 'SOCKS5 knows passwords of at most {{most}} bytes, and this one is longer.',

  // Keys of nodes.
  'node-key-label-taken': 'The node has a key with the label "{{label}}" already. Choose another label.',
  'node-key-twice': 'The node has this very key already ({{label}}). Give each key once.',
  'node-keys-full': 'A node has at most {{most}} keys. Remove some first, or add another node.',

  // Pools.
  'pool-name-taken': 'There is already a pool named "{{name}}". Choose another name.',
  'pool-demo': 'The pool "{{pool}}" belongs to the simulated nodes: it comes and goes with them.',
  'pool-default': 'The pool "{{pool}}" is where new nodes and client keys go; it cannot be removed.',
  'pool-has-nodes': 'The pool "{{pool}}" has nodes in it: {{names}}. Take them out of it, or remove them, first.',
  'pool-has-client-keys':
    'The pool "{{pool}}" is used by client keys: {{names}}. Give them other pools, or revoke them, first.',

  // Settings.
  'setting-locked': '{{name}} is set by the environment ({{variable}}). Change it there and restart.',
  'setting-expects-number': '{{name}} cannot have that value: it takes a number from {{min}} to {{max}}.',
  'setting-expects-whole-number': '{{name}} cannot have that value: it takes a whole number from {{min}} to {{max}}.',
  'setting-expects-boolean': '{{name}} cannot have that value: it takes true or false.',
  'setting-expects-statuses':
    '{{name}} cannot have that value: it takes a list of up to 50 HTTP statuses from 400 to 599.',
  'setting-expects-choice': '{{name}} cannot have that value: it takes one of {{choices}}.',
  'setting-expects-text': '{{name}} cannot have that value: it takes {{form}}.',
  'settings-not-ascending':
    '{{low}} ({{lowValue}}) would be above {{high}} ({{highValue}}). Change both at once, or the other one first.',
  'settings-custom-proxy-without-url':
    'The global proxy cannot be custom without a URL. Set globalProxyUrl too, or another globalProxyMode first.',

  // Client keys.
  'client-key-name-taken': 'There is already a client key named "{{name}}". Choose another name.',
  'client-key-simulated': 'The client key "{{name}}" belongs to the simulated nodes and goes with them.',
  'client-key-pool-demo':
    'The pool "{{pool}}" belongs to the simulated nodes; while you have no node of your own, they answer the keys of every pool. Pools: {{names}}.',
  'client-key-pool-unknown':
    'There is no pool "{{pool}}". Pools: {{names}}. Create it first, or put a node into it: a pool comes with its first node.',
  'client-key-pool-unknown-near': 'There is no pool "{{pool}}". Did you mean {{names}}?',
  'client-key-pool-twice':
    'The pool "{{pool}}" stands twice in the list. Name each pool once, in the order they shall be asked.',
  'client-key-model-characters':
    '"{{model}}" is not one name of a model: it begins or ends with a space, or has a comma, a semicolon or a control character in it. Give each model by itself.',
  'client-key-model-wildcard':
    '"{{model}}" would be taken word for word: only * stands for other characters, and nothing excludes a model. List the models that are allowed, each with * where it shall fit several.',
  'client-key-pin-simulated':
    'The node "{{node}}" is simulated and comes and goes by itself. Pin the client key to a node of your own.',
  'client-key-expiry-past':
    'The client key would have expired already ({{at}}). Give a time that is still to come; to take the key out of use now, disable it.',
  'client-key-simulated-fixed':
    'The client key "{{name}}" belongs to the simulated nodes and cannot be changed. Create one of your own.',

  // Explain: what a client key may not even ask.
  'explain-pool-and-client-key':
    'Ask for a pool or for a client key, not for both: a client key says by itself which pools it has.',
  'client-key-disabled':
    'The client key "{{name}}" is disabled: each of its requests is refused. Enable it to use it again.',
  'client-key-expired':
    'The client key "{{name}}" expired at {{at}}: each of its requests is refused. Give it a later expiry to use it again.',
  'client-key-model-not-allowed':
    'The client key "{{name}}" may not ask for {{model}}: the request is refused. It may ask for: {{models}}.',

  // The database, before and after a change.
  'not-readable-before-change': 'Nothing was changed, for the database cannot be read now: {{failure}} Try again.',
  'stored-not-in-force':
    '{{what}} That is stored, but not in force yet, for the database could not be read again: {{failure}} It comes into force as soon as it can.',
} as const satisfies Readonly<Record<string, string>>

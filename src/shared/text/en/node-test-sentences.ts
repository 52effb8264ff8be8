// What `node test` says, in English. A part of sentences.ts. `key` is empty or "[label] ", `detail` empty or ": the node's words".

export const nodeTestSentences = {
  // Connecting.
  'node-test-connected': 'Connected in {{milliseconds}} ms.',
  'node-test-connected-through': 'Connected through the proxy {{proxy}} in {{milliseconds}} ms.',
  'node-test-nothing-listens': 'Nothing listens at {{place}}. Start the server there, or correct the base URL.',
  'node-test-unknown-host': 'Unknown host: nobody knows an address for {{host}}. Correct the base URL.',
  'node-test-no-resolver': "The name {{host}} cannot be looked up now ({{code}}). Check this computer's network.",
  'node-test-no-route': "There is no way to {{place}} ({{code}}). Check this computer's network, and the address.",
  'node-test-certificate-untrusted':
    'TLS: the certificate of {{host}} is not trusted ({{code}}). If it is one of your own, give the node its CA.',
  'node-test-certificate-dates':
    "TLS: the certificate of {{host}} is out of date or not valid yet ({{code}}). It has to be renewed there; look at this computer's clock too.",
  'node-test-certificate-name':
    'TLS: the server shows a certificate for another name than {{host}}. Correct the host in the base URL.',
  'node-test-tls-failed':
    'TLS with {{place}} failed ({{code}}). If it speaks plain HTTP, write http:// in the base URL.',
  'node-test-address-refused': 'The address is refused, for no node can live there: {{detail}}.',
  'node-test-way-failed': 'There is no way to {{place}}: {{detail}}.',
  'node-test-connect-timeout':
    'No connection to {{place}} within {{seconds}} s. Check the address, and any firewall on the way.',
  'node-test-connect-timeout-through':
    'No connection to {{place}} within {{seconds}} s, through the proxy {{proxy}}. Check the proxy, and the address.',
  'node-test-connect-broken':
    'The connection to {{place}} was closed while it was being opened ({{code}}). Check the address and the port.',
  'node-test-connect-failed': 'No connection to {{place}} ({{code}}): {{detail}}.',

  // Before anything is asked.
  'node-test-no-usable-key':
    'It has keys, but none of them may be used: they are disabled, or the vault cannot open them. Enable one, or unlock the vault.',
  'node-test-not-connected': 'Not tried: there is no connection.',
  'node-test-no-key-to-try': 'Not tried: there is no key to ask with.',
  'node-test-no-model': 'Not tried: the node neither maps nor lists a model. Name one with --model.',

  // Answers.
  'node-test-models': '{{key}}Models listed: {{count}}.',
  'node-test-no-list': '{{key}}It is reachable, but lists no models ({{status}}).',
  'node-test-no-list-page':
    '{{key}}It is reachable, but answered {{status}} with a web page instead of a list of models: the base URL may be wrong.',
  'node-test-not-a-list': '{{key}}It is reachable, but what it answered ({{status}}) is not a list of models.',
  'node-test-content': '{{key}}{{model}} answers: first content after {{milliseconds}} ms.',
  'node-test-key-refused':
    '{{key}}The key was refused ({{status}}){{detail}}. Replace it by one that the provider accepts.',
  'node-test-key-wanted': 'It wants a key ({{status}}){{detail}}. Add one to the node.',
  'node-test-out-of-funds':
    '{{key}}The account is out of funds ({{status}}){{detail}}. Top it up, or use a key of another account.',
  'node-test-throttled': '{{key}}It asks to be left alone for now ({{status}}){{detail}}. The key itself was accepted.',
  'node-test-overloaded': '{{key}}It is overloaded ({{status}}){{detail}}. Try again later.',
  'node-test-firewall':
    '{{key}}A firewall in front of it, or a rule for this region, refused the request ({{status}}){{detail}}.',
  'node-test-web-page': '{{key}}It answered {{status}} with a web page: the base URL is probably wrong.',
  'node-test-redirect':
    '{{key}}It answered {{status}} and points to {{location}}. Redirects are never followed: put the right address into the base URL.',
  'node-test-server-error': '{{key}}It failed by itself ({{status}}){{detail}}. Try again later.',
  'node-test-request-refused': '{{key}}It refused the request ({{status}}){{detail}}.',
  'node-test-wrong-path':
    '{{key}}It does not know {{path}} ({{status}}){{detail}}: the base URL or the protocol is probably wrong.',
  'node-test-model-gap': '{{key}}The model {{model}} is not served ({{status}}){{detail}}.',
  'node-test-model-gap-listed': '{{key}}The model {{model}} is not served. It lists: {{models}}.',
  'node-test-silent': '{{key}}It said nothing for {{seconds}} s.',
  'node-test-broken': '{{key}}The connection broke before the answer was there ({{code}}).',
  'node-test-empty': '{{key}}It answered {{status}} with nothing in it.',
  'node-test-error-in-answer': '{{key}}It answered {{status}} with an error in it{{detail}}.',
  'node-test-not-a-stream': '{{key}}It answered {{status}}, but not with a stream of this protocol.',
  'node-test-no-content': '{{key}}Its stream ended before any content.',

  // All in all.
  'node-test-works': 'The node works.',
  'node-test-answers': 'The node answers, and accepts the key.',
  'node-test-answers-all': 'The node answers, and accepts every key.',
  'node-test-answers-keyless': 'The node answers. It has no key, and was asked without one.',
  'node-test-reachable':
    'The node is reachable. Whether it would take a request is not certain: ask it for one token with --generate.',
  'node-test-some-keys': 'The node answers, but not with every key. Look at: {{labels}}.',
} as const satisfies Readonly<Record<string, string>>

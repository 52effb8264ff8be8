// Sentences of the daemon that a person reads, in English. `{{name}}` is a parameter. The other languages have the same keys.
import { controlPortSentences } from './control-port-sentences.ts'
import { controlSentences } from './control-sentences.ts'
import { demoSentences } from './demo-sentences.ts'
import { nodeTestSentences } from './node-test-sentences.ts'
import { startSentences } from './start-sentences.ts'
import { vaultSentences } from './vault-sentences.ts'

export const sentences = {
  // What the control plane refuses.
  ...controlSentences,

  // The way out: proxies and certificates.
  'proxy-url-unreadable':
    'This is not the URL of a proxy. Write it like http://127.0.0.1:7890, https://proxy.example or socks5://127.0.0.1:1080.',
  'proxy-url-credentials':
    'The proxy URL carries a user name or password. Give the user name with --proxy-user and the password at the prompt.',
  'proxy-url-more':
    'The proxy URL has more than a host and a port. Remove what follows them: a proxy has no path, query or fragment.',
  'proxy-url-address':
    'The proxy URL points at {{host}}, an address where no proxy can live (link-local, unspecified, multicast or of a metadata service). Give the address of the proxy.',
  'proxy-url-own-port':
    'The proxy {{proxy}} is Switchyard itself (port {{port}}): requests would go round in circles. Give the address of the proxy.',
  'certificates-private-key':
    'This text holds a PRIVATE KEY. Only certificates are needed, and nothing of it was kept. Give a file with the certificates alone, and look where else the key has gone.',
  'certificates-none':
    'This text holds no certificate. Give PEM: blocks from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.',
  'certificates-unreadable':
    'Certificate {{number}} of this text cannot be read: it is cut off, changed or no X.509 certificate. Export it again as PEM.',
  // The control port and signing in.
  ...controlPortSentences,

  // The vault.
  ...vaultSentences,

  // `node test`.
  ...nodeTestSentences,

  // Starting, and the end.
  ...startSentences,
  ...demoSentences,
} as const satisfies Readonly<Record<string, string>>

// Certificates that tests trust, or do not: test/harness/certificates/README.md says what each is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const directory = join(import.meta.dirname, 'certificates')
const read = (name: string): string => readFileSync(join(directory, name), 'utf8')

export const testCa = read('ca.pem')
export const otherCa = read('other-ca.pem')
export const expiredCa = read('expired-ca.pem')
/** Of whoever plays a server for node.test, proxy.test, `localhost` or 127.0.0.1. */
export const serverTls = { cert: read('leaf.pem'), key: read('leaf.key') }

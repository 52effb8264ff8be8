// What the host refuses, as the command line says it.
import { expect, test } from 'vitest'
import { stopHost } from '../../src/headless/start-host.ts'
import { hostError } from '../../src/host/host-error.ts'

test('a stop that loses records fails with a code of the command line and the sentence of the host', async () => {
  const stop = () => Promise.reject(hostError('records-lost', 'records-lost', { loss: '1 record is lost.' }))
  await expect(stopHost({ stop })).rejects.toMatchObject({
    name: 'CliError',
    code: 'RECORDS_LOST',
    exitCode: 1,
    said: { spoken: { text: 'Switchyard has stopped, but 1 record is lost.' } },
  })
})

#!/usr/bin/env node
// The program `switchyard`: runs the command line and leaves with its exit code.
import { processIo } from './cli-io.ts'
import { runCli } from './run-cli.ts'

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The terminal was closed. SIGHUP says so too and ends the command; leaving here would break a daemon's drain off.
  if (error.code === 'EIO') return
  // A reader that went away (`tail | head`) is no failure of ours.
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})
// With nobody left to tell, the exit code still says it.
process.stderr.on('error', () => undefined)

process.exitCode = await runCli(process.argv.slice(2), processIo())

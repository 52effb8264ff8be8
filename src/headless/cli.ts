#!/usr/bin/env node
// The program `switchyard`: runs the command line and leaves with its exit code.
import { processIo } from './cli-io.ts'
import { runCli } from './run-cli.ts'

// A reader that went away (`tail | head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
// With nobody left to tell, the exit code still says it.
process.stderr.on('error', () => undefined)

process.exitCode = await runCli(process.argv.slice(2), processIo())

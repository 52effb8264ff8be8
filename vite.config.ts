// Builds what plain Node runs: the command line and the storage worker. docs/decisions/0001-toolchain.md says why it is plain Vite.
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

export default defineConfig({
  // Nothing here is for a browser yet.
  publicDir: false,
  build: {
    // Packages of node_modules stay imports; only our own sources are bundled.
    ssr: true,
    target: 'node24',
    outDir: 'out/main',
    emptyOutDir: true,
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: {
        cli: resolve(import.meta.dirname, 'src/headless/cli.ts'),
        'storage-worker': resolve(import.meta.dirname, 'src/storage/worker.ts'),
      },
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        // Beside the entries, not in a folder: code finds storage-worker.js and package.json relative to its own file.
        chunkFileNames: '[name]-[hash].js',
      },
    },
  },
})

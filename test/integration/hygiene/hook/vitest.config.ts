/** Runs files that the hook of all tests has to fail, or to let pass; process-hygiene.test.ts says which. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['*.case.ts'],
    setupFiles: ['../../../process-hygiene.ts'],
  },
});

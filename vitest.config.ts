import { availableParallelism } from 'node:os'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// Most tests wait for programs that they started; one file at a time would leave half of a small machine idle.
const maxWorkers = Math.max(2, availableParallelism() - 1)
const setupFiles = ['tests/seed.ts']
const node = { environment: 'node' as const, testTimeout: 60_000, hookTimeout: 60_000, setupFiles }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          maxWorkers,
          sequence: { groupOrder: 1 },
          include: ['tests/{architecture,contract,engine,agent,shell,cases}/**/*.test.ts'],
        },
      },
      {
        plugins: [vue()],
        test: {
          name: 'renderer',
          maxWorkers,
          sequence: { groupOrder: 1 },
          environment: 'jsdom',
          setupFiles,
          include: ['tests/renderer/**/*.test.ts'],
          testTimeout: 15_000,
        },
      },
      {
        test: {
          ...node,
          name: 'e2e',
          // A window with the machine to itself, before all others.
          sequence: { groupOrder: 0 },
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})

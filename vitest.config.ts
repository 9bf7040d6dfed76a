import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const setupFiles = ['tests/seed.ts']
const node = { environment: 'node' as const, testTimeout: 60_000, hookTimeout: 60_000, setupFiles }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['tests/{architecture,contract,engine,agent,shell,cases}/**/*.test.ts'],
        },
      },
      {
        plugins: [vue()],
        test: {
          name: 'renderer',
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
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})

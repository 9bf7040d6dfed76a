import type { CoreServing } from './core.ts'

/** Serving on a device that does not run: what is switched to is loaded at the next start. */
export const idleServing = (): CoreServing => ({
  backend: '',
  rehearse: () => Promise.reject(new Error('Nothing is rehearsed at rest')),
  load: async () => {},
  has: () => false,
  serve: () => {},
  stop: () => {},
  drop: () => {},
  figures: () => ({ predictions: 0, errors: 0, p50: null }),
  takeMetrics: () => null,
  capture: () => {},
  close: async () => {},
})

import { createRouterClient, type Router } from '@orpc/server'
import type { Contract, Engine } from '#contract'

/** A client in the engine's own process, for the command line and for tests. */
export const connectInMemory = (router: Router<Contract, Record<never, never>>): Engine =>
  createRouterClient(router as never, { context: {} as never }) as unknown as Engine

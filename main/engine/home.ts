import { resolve } from 'node:path'
import envPaths from 'env-paths'

/**
 * The folder of what belongs to a person and not to a workspace: settings and signing keys.
 * `EDGEWRIGHT_HOME` names another one, for tests and for a product on a stick.
 */
export const homeFolder = (): string =>
  process.env.EDGEWRIGHT_HOME
    ? resolve(process.env.EDGEWRIGHT_HOME)
    : envPaths('edgewright', { suffix: '' }).config

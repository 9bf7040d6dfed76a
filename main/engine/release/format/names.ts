import { createHash } from 'node:crypto'

/**
 * A model's name as it stands in paths and roles: letters, digits and dashes, and the beginning of the hash of the real
 * name, so that two names never share one (`Bird strikes` is `bird-strikes-1f0c9a`).
 */
export function slugOf(model: string): string {
  const plain = model
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
  const sum = createHash('sha256').update(model).digest('hex').slice(0, 6)
  return plain ? `${plain}-${sum}` : sum
}

export { SITE_NAME } from '#contract'

/** The site of who never made one: what is published without naming a site is for everyone who reads the repository. */
export const OPEN_SITE = 'everyone'

/** The role that vouches for the versions of a model. */
export const modelRole = (model: string): `model-${string}` => `model-${slugOf(model)}`

/** Path of the target that is one variant of one version: its file is the OCI manifest. */
export const versionTarget = (model: string, version: number, variant: string): string =>
  `models/${slugOf(model)}/${version}/${variant}`

/** Path of the target that says which device gets what. */
export const PLAN_TARGET = 'site/plan'

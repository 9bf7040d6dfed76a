import { z } from 'zod'
import { At, type Hash, Name, VariantKind } from '#contract'

/** What a variant needs of the device it runs on. */
export const Needs = z.object({
  runtime: z.enum(['tfjs', 'litert']),
  /** Bytes of its files on disk. */
  diskBytes: z.int().min(0),
  /** Bytes of memory it takes beside the agent, as estimated by the publisher. */
  memoryBytes: z.int().min(0),
})
export type Needs = z.infer<typeof Needs>

/** Custom field of the target `models/<slug>/<version>/<variant>`: what is signed of a release beside its manifest. */
export const VersionTerms = z.object({
  model: Name,
  version: z.int().min(1),
  variant: VariantKind,
  /** Counts up with each new version of a model at a site; a device goes below the signed floor for nobody. */
  counter: z.int().min(1),
  needs: Needs,
  issued: At,
})
export type VersionTerms = z.infer<typeof VersionTerms>

/** The config blob of a manifest (ModelPack `config.md`): read by other tools, so only fields of the specification. */
export const ModelConfig = z.object({
  descriptor: z.object({
    name: z.string(),
    version: z.string(),
    createdAt: At,
    licenses: z.array(z.string()).optional(),
  }),
  config: z.object({
    format: z.string(),
    precision: z.string().optional(),
    architecture: z.string().optional(),
    capabilities: z.object({}).optional(),
  }),
  modelfs: z.object({ type: z.literal('layers'), diffIds: z.array(z.string()) }),
})
export type ModelConfig = z.infer<typeof ModelConfig>

/** One file a release needs, as its manifest says: plain digest and length, and what it travels as. */
export interface ReleaseFile {
  name: string
  /** Digest of what is used. */
  hash: Hash
  bytes: number
}

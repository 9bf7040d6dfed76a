import { z } from 'zod'
import { At, Device, DeviceModel, Failure, Hash, Metrics, Name, Task, VariantKind } from '#contract'

/** Version of the format of all documents here; a reader refuses one it does not know. */
export const FORMAT = 'edgewright-release/1'

/** Bounds that keep a hostile or broken repository from filling memory or disk. */
export const LIMITS = {
  /** Bytes of one JSON document. */
  document: 1 << 20,
  /** Bytes of one report of a device. */
  report: 64 << 10,
  /** Bytes of one blob. */
  blob: 8 * 2 ** 30,
  /** Models of a repository, files of a release. */
  models: 1000,
  files: 32,
  /** Devices that may report into one repository. */
  devices: 10_000,
} as const

/** Files every release holds: the graph (TensorFlow GraphDef), the feature transform, and what the model is. */
export const RELEASE_FILES = { graph: 'graph.pb', transform: 'transform.json', model: 'model.json' } as const

/** Name of the file in a device's state folder that holds the token for its own administration. */
export const TOKEN_FILE = 'token'

const format = z.literal(FORMAT)

/** The file `model.json` of a release: what goes in, what comes out, how good it was, and where it comes from. */
export const ModelFile = z.object({
  format,
  model: Name,
  version: z.int().min(1),
  variant: VariantKind,
  task: Task,
  /** How outputs are read: names of the classes, or the scale of a number (`LabelSpec` of the transform helper). */
  label: z.object({
    task: Task,
    column: z.string(),
    classes: z.array(z.string()),
    mean: z.number().optional(),
    deviation: z.number().optional(),
  }),
  inputs: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })).length(1),
  outputs: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })).length(1),
  /** Figures on rows the model has not seen; null where it was never measured. */
  metrics: Metrics.nullable(),
  lineage: z.object({
    run: z.string(),
    trained: Hash.nullable(),
    dataset: Hash,
    transform: Hash,
    variant: Hash,
    evaluation: Hash.nullable(),
  }),
})
export type ModelFile = z.infer<typeof ModelFile>

/** What a device lets a model take: it refuses what does not fit before it fetches anything. */
export const Profile = z.object({
  name: z.string().max(80),
  threads: z.int().min(1),
  memoryBytes: z.int().min(0),
  /** Bytes of disk for models. */
  flashBytes: z.int().min(0),
  /** Variants it may run; null: all that its runtimes can. */
  variants: z.array(VariantKind).nullable(),
})
export type Profile = z.infer<typeof Profile>

/** The versions of a model on a device, beside the one that answers. */
export const Held = z.object({
  model: Name,
  installed: z.array(z.int()).max(50),
  candidate: z.object({ version: z.int(), share: z.number(), shadow: z.boolean() }).nullable(),
  /** The one that has yet to prove itself. */
  trial: z.int().nullable(),
  /** Did not pass here. */
  quarantined: z.array(z.object({ version: z.int(), failure: Failure })).max(200),
  /** Chosen at the box by a person. */
  byHand: z.boolean(),
})
export type Held = z.infer<typeof Held>

/** `devices/<id>.json`, signed by the device's own key: what it runs and how it does. */
export const DeviceReport = z.object({
  type: z.literal('device'),
  format,
  /** Begins the fingerprint of `key`, so nobody else can report under it. */
  id: z.string().regex(/^[0-9a-f]{24}$/),
  /** The device's public key, SPKI in DER, base64. */
  key: z.string().max(200),
  name: z.string().min(1).max(80),
  address: z.string().max(300).nullable(),
  at: At,
  /** It was stopped properly; silence after this is no fault. */
  stopped: z.boolean(),
  /** What keeps it from looking for releases at all: no repository, or one that it does not trust. */
  failure: Failure.nullable(),
  models: z.array(DeviceModel).max(LIMITS.models),
  timeline: Device.shape.timeline.max(200),
  runtime: Device.shape.runtime,
  /** The site it follows; null before it knows one. */
  site: z.string().nullable().optional(),
  /** Who may open what is sealed for it: an age recipient. `codeOf(key, recipient)` is what people compare. */
  recipient: z.string().max(200).optional(),
  /** Whether the plan it holds names it. */
  enrolled: z.boolean().optional(),
  /** What it lets a model take. */
  profile: Profile.optional(),
  /** What it keeps of each model. */
  holds: z.array(Held).max(LIMITS.models).optional(),
  /** Records that wait until the publisher has them, and bytes of samples with them. */
  waiting: z.object({ records: z.int(), bytes: z.int() }).optional(),
  /** Seconds between two reports while nothing changes; absent on a stick. */
  beat: z.number().min(1).max(86_400).optional(),
  /** When the plan that it follows was issued; null before the first. */
  plan: At.nullable().optional(),
  /** What its clock says, and whether that is behind nothing that was signed. */
  clock: Device.shape.clock,
  /** Its newest record and the hash of it. */
  audit: z
    .object({ seq: z.int().min(0), hash: Hash })
    .nullable()
    .optional(),
  /** Bytes fetched so far, how many of them as patches, and what is free on its disk. */
  traffic: z
    .object({ fetched: z.int().min(0), patched: z.int().min(0), free: z.int().nullable() })
    .nullable()
    .optional(),
})
export type DeviceReport = z.infer<typeof DeviceReport>

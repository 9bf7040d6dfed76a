import { z } from 'zod'
import { call, watch, work } from './call.ts'
import { VariantKind } from './evaluation.ts'
import { Hash, Name, RunId } from './ids.ts'
import { Device } from './publishing/device.ts'
import { Drill, KeyList, KeyStanding, RoleStanding } from './publishing/keys.ts'
import { DeviceLatency } from './publishing/latency.ts'
import { recordEntries } from './publishing/records.ts'
import { Preview, PublishedKind, Release } from './publishing/release.ts'
import { RolloutStanding } from './publishing/rollout.ts'
import { Bandwidth, Site, SiteModel, SiteName } from './publishing/site.ts'
import { Packed } from './publishing/stick.ts'

export * from './publishing/device.ts'
export * from './publishing/keys.ts'
export * from './publishing/latency.ts'
export * from './publishing/records.ts'
export * from './publishing/release.ts'
export * from './publishing/rollout.ts'
export * from './publishing/site.ts'
export * from './publishing/stick.ts'

/** A model, or one version of it: `Bird strikes` or `Bird strikes@3`. */
const ModelAt = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}(?:@[1-9]\d{0,8})?$/u,
    'must be the name of a model, or one of its versions as NAME@3',
  )

const kinds = z.array(PublishedKind).min(1).max(7)
/** One form or several: a list, or a text with commas. */
const Kinds = z.union([
  z
    .string()
    .transform(text => text.split(',').map(each => each.trim()))
    .pipe(kinds),
  kinds,
])

const Group = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u, 'must be letters, digits, spaces, - _ or ., at most 40')

const what = {
  model: ModelAt.describe('the model, or one of its versions as NAME@3'),
  /** Default: the version under `production`, else `candidate`, else the newest. */
  version: z.int().min(1).optional(),
  /** Default: 8-bit weights where they were made, else float32. The first that a device can run is taken. */
  variant: Kinds.optional().describe(`one or several with commas: ${PublishedKind.options.join(', ')}`),
  /** Default: the workspace's own repository. */
  to: z.string().min(1).optional().describe('a folder, the address of a repository, or the name of a site'),
  /** Default: the only one there, else `everyone`. */
  site: SiteName.optional().describe('the site, where --to names a repository'),
  group: z.array(Group).max(100).optional().describe('only devices of these groups'),
  canary: z.number().gt(0).max(100).optional().describe('percent of devices or of items to begin with'),
  unit: z
    .enum(['device', 'inference'])
    .optional()
    .describe('what --canary is a share of; default: devices, where there are three or more'),
  /** The new version computes beside the old one and answers nobody. */
  shadow: z.boolean().default(false),
  /** Default: as the site does. */
  encrypt: z.boolean().default(false),
}

const which = {
  model: Name,
  site: SiteName.optional(),
  to: z.string().min(1).optional().describe('the repository, where it is not known here'),
}

const keep = 'The repository stays as it was; files already copied are used by the next try.'

export const publishing = {
  ...recordEntries,
  init: call(
    {
      title: 'Make a site',
      icon: 'map-pin-plus',
      positional: ['site'],
      paths: { to: 'always' },
      // Devices may know it; one that nothing is published for does no harm.
      final: true,
    },
    z.object({
      site: SiteName,
      /** Default: the workspace's own repository. */
      to: z.string().optional().describe('a folder, or the address of a repository'),
      /** Models published for it are readable for its devices only. */
      encrypt: z.boolean().default(false),
    }),
    Site,
  ),
  sites: call(
    { title: 'Show sites', icon: 'map-pin', reads: true },
    z.object({}),
    z.object({ sites: z.array(Site) }),
  ),
  /** Shows what a site is set to, and sets what is given. */
  site: call(
    { title: 'Set up a site', icon: 'sliders-horizontal', positional: ['site'], undo: 'Set it back' },
    z.object({
      site: SiteName.optional(),
      lowConfidence: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe('send back rows whose best score is below it; 0: none'),
      disagreement: z.enum(['on', 'off']).optional().describe('send back rows on which two versions differ'),
      random: z.number().min(0).max(1).optional().describe('share of all rows to send back'),
      quotaBytes: z.int().min(0).optional().describe('bytes of disk for what waits on a device'),
      bytesPerSecond: z
        .union([z.literal(0), z.int().min(1024)])
        .optional()
        .describe('how fast a device fetches; 0: as fast as it goes'),
      window: z
        .array(
          z
            .string()
            .regex(
              /^(?:(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d|always)$/,
              'must be as 22:00-06:00, or always',
            ),
        )
        .max(10)
        .optional()
        .describe('when devices fetch, as 22:00-06:00 in their local time; always: at any time'),
      whole: Bandwidth.shape.whole.optional().describe('whether to fetch a whole file where no patch fits'),
      pollSeconds: z
        .number()
        .min(1)
        .max(86_400 * 7)
        .optional()
        .describe('seconds between two looks of a device'),
      encrypt: z.enum(['on', 'off']).optional().describe('encrypt models that are published from now on'),
      model: Name.optional().describe('the model that --floor and --revoke are about'),
      floor: z.int().min(1).optional().describe('the oldest version that may still run'),
      revoke: z.int().min(1).optional().describe('a version that must not run any more'),
    }),
    Site,
  ),
  publish: work(
    {
      title: 'Publish a version',
      icon: 'send',
      positional: ['model'],
      paths: { to: 'named' },
      cancel: keep,
      undo: 'Publish the version before it',
    },
    z.object(what),
    Release,
  ),
  /** Who would get what, and how many bytes. */
  preview: call(
    {
      title: 'Preview a publication',
      icon: 'eye',
      positional: ['model'],
      paths: { to: 'named' },
      reads: true,
    },
    z.object(what),
    Preview,
  ),
  promote: call(
    {
      title: 'Give a version to everyone',
      icon: 'badge-check',
      positional: ['model'],
      undo: 'Roll it back',
      paths: { to: 'always' },
    },
    z.object(which),
    SiteModel,
  ),
  hold: call(
    {
      title: 'Hold a rollout',
      icon: 'pause',
      positional: ['model'],
      undo: 'Let it go on',
      paths: { to: 'always' },
    },
    z.object({ ...which, resume: z.boolean().default(false).describe('let it go on instead') }),
    SiteModel,
  ),
  rollback: call(
    {
      title: 'Roll a model back',
      icon: 'undo-2',
      positional: ['model'],
      undo: 'Publish it again',
      paths: { to: 'always' },
    },
    z.object(which),
    SiteModel,
  ),
  /** How far a rollout is, and what its figures say. */
  rollout: call(
    { title: 'Show a rollout', icon: 'chart-line', positional: ['model'], reads: true },
    z.object({ model: Name, site: SiteName.optional() }),
    RolloutStanding,
  ),
  /** Writes what a site's devices need into one file for a stick. */
  pack: work(
    { title: 'Make a stick', icon: 'usb', paths: { out: 'always' }, cancel: 'No file is left.' },
    z.object({
      site: SiteName.optional(),
      /** Default: `SITE-<name>-<date>.edgepack` beside the repository. */
      out: z.string().optional(),
      model: z.array(Name).optional().describe('only these models'),
      device: z.array(z.string()).optional().describe('only what these devices need'),
    }),
    Packed,
  ),
  releases: call(
    { title: 'Show releases', icon: 'send', reads: true },
    z.object({ model: Name.optional() }),
    z.object({ releases: z.array(Release) }),
  ),
  devices: call(
    { title: 'Show devices', icon: 'hard-drive', reads: true },
    z.object({}),
    z.object({ devices: z.array(Device) }),
  ),
  /** All devices whenever one of them changes, at most once a second; begins with how they stand now. */
  watch: watch(
    { title: 'Watch devices', icon: 'hard-drive' },
    z.object({}),
    z.object({ devices: z.array(Device) }),
  ),
  /** Devices of a site, those not heard of for weeks included, and those that wait to be approved. */
  deviceList: call(
    { title: 'List devices', icon: 'hard-drive', command: 'device list', reads: true },
    z.object({
      site: SiteName.optional(),
      group: Group.optional(),
      waiting: z.boolean().default(false).describe('only those that are not approved'),
    }),
    z.object({ devices: z.array(Device) }),
  ),
  deviceShow: call(
    { title: 'Show a device', icon: 'hard-drive', command: 'device show', positional: ['id'], reads: true },
    z.object({ id: z.string().min(1).describe('its id, the beginning of it, its name or its code') }),
    Device,
  ),
  deviceApprove: call(
    {
      title: 'Approve a device',
      icon: 'badge-check',
      command: 'device approve',
      positional: ['code'],
      undo: 'Forget it',
      paths: { code: 'existing', request: 'existing' },
    },
    z.object({
      code: z
        .string()
        .max(4096)
        .regex(
          /^\d{4}[- ]?\d{4}$|\.req$/,
          'must be the eight digits that the device shows, as 1234-5678, or the file enrol-….req that it wrote onto a stick',
        ),
      site: SiteName.optional(),
      name: Name.optional().describe('what to call it'),
      group: z.array(Group).max(20).optional(),
      request: z.string().optional().describe('its file enrol-….req, to be compared with the digits'),
    }),
    Device,
  ),
  deviceGroup: call(
    {
      title: 'Put a device into groups',
      icon: 'group',
      command: 'device group',
      positional: ['id', 'group'],
      undo: 'Put it back',
    },
    z.object({
      id: z.string().min(1),
      /** All that it is to be in. */
      group: z.array(Group).max(20).default([]),
    }),
    Device,
  ),
  /** Has one device run a version, before anything else that is wanted there. */
  deviceUse: call(
    {
      title: 'Choose the version of a device',
      icon: 'arrow-left-right',
      command: 'device use',
      positional: ['id', 'model', 'version'],
      undo: 'Choose the other again',
    },
    z.object({
      id: z.string().min(1),
      model: Name,
      /** Left out: whatever the site wants. */
      version: z.int().min(1).optional(),
    }),
    Device,
  ),
  deviceForget: call(
    { title: 'Forget a device', icon: 'trash-2', command: 'device forget', positional: ['id'], final: true },
    z.object({ id: z.string().min(1) }),
    z.object({ forgotten: z.string() }),
  ),
  /** Starts an agent beside the window, for a trial; it goes on until it is stopped or the engine ends. */
  startAgent: call(
    {
      title: 'Start a device here',
      icon: 'play',
      undo: 'Stop it',
      paths: { repository: 'always' },
      lasts: {},
    },
    z.object({
      name: Name.default('this computer'),
      /** Default: the workspace's own repository. */
      repository: z.string().optional(),
      /** Default: the only one of the repository. */
      site: SiteName.optional(),
      /** 0: any free one. */
      port: z.int().min(0).max(65_535).default(0),
    }),
    Device,
  ),
  stopAgent: call(
    { title: 'Stop a device here', icon: 'square', positional: ['id'], undo: 'Start it again' },
    z.object({ id: z.string() }),
    z.object({ stopped: z.boolean() }),
  ),
  /** Sends a device back to the version it kept. */
  rollBack: call(
    { title: 'Roll a device back', icon: 'undo-2', positional: ['id', 'model'], undo: 'Publish again' },
    z.object({ id: z.string(), model: Name }),
    Device,
  ),
  /** Asks a device for predictions of a few rows, by its REST address. */
  predict: call(
    { title: 'Ask a device', icon: 'message-square', positional: ['id', 'model'], reads: true },
    z.object({
      id: z.string(),
      model: Name,
      instances: z.array(z.record(z.string(), z.unknown())).min(1).max(100),
    }),
    z.object({ predictions: z.array(z.unknown()), milliseconds: z.number() }),
  ),
  /** Sends a variant to a device, which times it without serving it; the device has to allow that (`--measure`). */
  measure: work(
    {
      title: 'Measure on a device',
      icon: 'timer',
      positional: ['model', 'device'],
      paths: { model: 'existing' },
      cancel: 'Nothing is kept; the device stops measuring and goes on answering.',
    },
    z.object({
      /** A run (run-1), a model of this workspace (its newest run), or the path of a TFLite file or a GraphDef. */
      model: z.string().min(1),
      /** Its kind, or the hash of its file. Default: float32 of a run, else the file itself. */
      variant: z.union([VariantKind.exclude(['layers']), Hash]).optional(),
      /** The id or name of a device that reports here, or an address: `http://[:TOKEN@]host:8501`. */
      device: z.string().min(1),
      /** Default: as many as fit into a second and a half, 10 to 200. */
      runs: z.int().min(1).max(200).optional(),
    }),
    DeviceLatency,
  ),
  /** Newest first. */
  measured: call(
    { title: 'Show what was measured on devices', icon: 'timer', reads: true },
    z.object({ run: RunId.optional(), variant: Hash.optional() }),
    z.object({ latencies: z.array(DeviceLatency) }),
  ),
  /** Offers a repository folder over HTTP; writing needs the token. */
  host: call(
    {
      title: 'Offer the repository over HTTP',
      icon: 'globe',
      paths: { directory: 'always' },
      undo: 'Stop offering',
      lasts: { unless: 'stop' },
    },
    z.object({
      directory: z.string().optional(),
      port: z.int().min(0).max(65_535).default(0),
      /** Also for other machines on this network; else for this one only. */
      network: z.boolean().default(false),
      stop: z.boolean().default(false),
    }),
    z.object({ address: z.string().nullable(), token: z.string().nullable() }),
  ),
  /** Who a device is told to trust: the root keys, made at first use and kept outside the workspace. */
  key: call(
    { title: 'Show whom devices trust', icon: 'key-round', reads: true },
    z.object({}),
    z.object({
      /** What a device is told with `--root`. */
      fingerprint: Hash,
      /** Of the first root key (Ed25519, SPKI in DER, base64). */
      publicKey: z.string(),
      roots: z.array(z.object({ name: z.string(), fingerprint: Hash })).optional(),
    }),
  ),
  keysList: call(
    { title: 'Show keys and when they end', icon: 'key-round', command: 'keys list', reads: true },
    z.object({}),
    KeyList,
  ),
  /**
   * Makes a new key for a role, and signs again what it had signed, at every site of this workspace. Without a role: for
   * every role that signs day by day; root keys and the one that opens records are replaced by name only.
   */
  keysRotate: call(
    { title: 'Replace a key', icon: 'refresh-cw', command: 'keys rotate', positional: ['role'], final: true },
    z.object({
      role: z
        .string()
        .min(1)
        .optional()
        .describe(
          'a role such as timestamp, or a root key such as "backup"; default: all but root and reports',
        ),
    }),
    z.object({
      roles: z.array(RoleStanding),
      key: KeyStanding,
      /** All that were replaced, where no role was named. */
      keys: z.array(KeyStanding).optional(),
    }),
  ),
  keysDrill: call(
    {
      title: 'Rehearse the loss of a key',
      icon: 'life-buoy',
      command: 'keys drill',
      reads: true,
      fails: { passed: false },
    },
    z.object({
      site: SiteName.optional(),
      lost: z.string().min(1).optional().describe('the root key that is lost; default "this computer"'),
    }),
    Drill,
  ),
  /** Writes a root key into a file that a passphrase opens. */
  keysExport: call(
    {
      title: 'Copy a key out',
      icon: 'download',
      command: 'keys export',
      positional: ['name'],
      paths: { out: 'always' },
      undo: 'Take it in again',
    },
    z.object({
      name: z.string().min(1),
      out: z.string(),
      /** Default: the variable EDGEWRIGHT_PASSPHRASE, which no list of processes shows. */
      passphrase: z.string().min(8).optional(),
      remove: z.boolean().default(false).describe('take it away from this computer'),
    }),
    z.object({ key: KeyStanding, file: z.string() }),
  ),
  keysImport: call(
    {
      title: 'Take a key in',
      icon: 'upload',
      command: 'keys import',
      positional: ['file'],
      paths: { file: 'always' },
      undo: 'Copy it out and remove it',
    },
    z.object({ file: z.string(), passphrase: z.string().min(8).optional() }),
    KeyStanding,
  ),
}

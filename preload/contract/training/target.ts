import { z } from 'zod'

/** Where work can be done; one file each in `training/targets/`. */
export const TargetKind = z.enum(['local', 'webgpu', 'docker', 'docker-tls', 'docker-ssh', 'ray'])
export type TargetKind = z.infer<typeof TargetKind>

/** A place to train that a person added, under a name. */
export const TargetSpec = z.object({
  name: z.string().min(1).max(80),
  kind: TargetKind,
  /** `unix:///var/run/docker.sock`, `tcp://box:2376`, `ssh://me@box:22`, `http://head:8265`. */
  address: z.string().nullable(),
  /** Private key of ssh; kept as a path, never as its content. */
  key: z.string().nullable(),
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`. */
  cert: z.string().nullable(),
  /** Runs that it takes side by side. */
  atOnce: z.int().min(1).max(64),
  /** Takes nothing new; what runs goes on. */
  paused: z.boolean(),
})
export type TargetSpec = z.infer<typeof TargetSpec>

/** One thing that was looked at on a target: what it is, how it stands, what to do. */
export const TargetCheck = z.object({
  name: z.enum(['reachable', 'engine', 'image', 'gpu', 'disk', 'memory', 'workers']),
  state: z.enum(['ok', 'warning', 'failed']),
  /** One sentence with the figures. */
  says: z.string(),
  remedy: z.string().nullable(),
})
export type TargetCheck = z.infer<typeof TargetCheck>

/** What a run takes of its target just now. */
export const Usage = z.object({
  /** Cores in use, 1.5 is one and a half. */
  cpu: z.number(),
  memoryBytes: z.number(),
  memoryLimit: z.number().nullable(),
  /** Share from 0 to 1 and bytes, of each GPU. */
  gpus: z.array(
    z.object({ name: z.string(), share: z.number(), memoryBytes: z.number(), memoryLimit: z.number() }),
  ),
})
export type Usage = z.infer<typeof Usage>

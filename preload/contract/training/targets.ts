import { z } from 'zod'
import { call, work } from '../call.ts'
import { TargetCheck, TargetKind, TargetSpec } from './target.ts'

/** Short enough for a flag, and without what a shell would read as something else. */
const TargetName = z
  .string()
  .min(1)
  .max(80)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u,
    'must be letters, digits, spaces, - _ or . and begin with a letter or digit',
  )

export const OneTarget = z.object({ name: TargetName })

export const targetEntries = {
  targetAdd: call(
    {
      title: 'Add a target',
      icon: 'plus',
      command: 'target add',
      positional: ['name'],
      paths: { key: 'always', cert: 'always' },
      undo: 'Remove the target',
    },
    OneTarget.extend({
      kind: TargetKind.exclude(['local', 'webgpu']).default('docker'),
      /** `unix:///var/run/docker.sock`, `tcp://box:2376`, `ssh://me@box:22`, `http://head:8265`. */
      address: z.string().min(1).max(1000).optional(),
      /** The private key for ssh; default: what the ssh agent holds. Only its path is kept. */
      key: z.string().min(1).optional(),
      /** The folder with `ca.pem`, `cert.pem` and `key.pem` for TLS. Only its path is kept. */
      cert: z.string().min(1).optional(),
      /** Runs that it takes side by side. */
      atOnce: z.int().min(1).max(64).default(1),
    }),
    TargetSpec,
  ),
  targetList: call(
    { title: 'Show targets', icon: 'server', command: 'target list', reads: true },
    z.object({}),
    z.object({ targets: z.array(TargetSpec) }),
  ),
  targetRemove: call(
    {
      title: 'Remove a target',
      icon: 'trash-2',
      command: 'target remove',
      positional: ['name'],
      undo: 'Add it again',
    },
    OneTarget,
    TargetSpec,
  ),
  /** Asks a target for everything that a run needs there. */
  targetCheck: call(
    {
      title: 'Check a target',
      icon: 'stethoscope',
      command: 'target check',
      positional: ['name'],
      fails: { ok: false },
      reads: true,
    },
    OneTarget,
    z.object({
      name: z.string(),
      kind: TargetKind,
      /** Whether it can be used: nothing that was looked at has failed. */
      ok: z.boolean(),
      checks: z.array(TargetCheck),
    }),
  ),
  targetPrepare: work(
    {
      title: 'Prepare a target',
      icon: 'package-plus',
      command: 'target prepare',
      positional: ['name'],
      paths: { from: 'always' },
      cancel: 'What had arrived on the target stays there.',
    },
    OneTarget.extend({
      /** Which of our images. */
      image: z.enum(['node', 'tensorflow', 'tensorflow-gpu']).default('node'),
      /** A file that `docker save` wrote, for a target that reaches no registry. */
      from: z.string().min(1).optional(),
      /** The image to build on in place of the official one. */
      base: z.string().min(1).optional(),
    }),
    z.object({ name: z.string(), images: z.array(z.string()) }),
  ),
  targetTidy: call(
    {
      title: 'Tidy a target',
      icon: 'brush-cleaning',
      command: 'target tidy',
      positional: ['name'],
      undo: 'Train again: what is needed travels once more',
    },
    OneTarget,
    z.object({ name: z.string(), removed: z.int() }),
  ),
  /** It takes nothing new; what runs goes on. */
  targetPause: call(
    {
      title: 'Pause a target',
      icon: 'pause',
      command: 'target pause',
      positional: ['name'],
      undo: 'Resume it',
    },
    OneTarget,
    TargetSpec,
  ),
  targetResume: call(
    {
      title: 'Resume a target',
      icon: 'play',
      command: 'target resume',
      positional: ['name'],
      undo: 'Pause it again',
    },
    OneTarget,
    TargetSpec,
  ),
}

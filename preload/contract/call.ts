import { type ContractProcedure, eventIterator, oc } from '@orpc/contract'
import type { z } from 'zod'
import { Failure } from './failure.ts'
import { Job } from './job.ts'

/** What the palette, the command line, undo and the jobs tray say of an entry; written once, here. */
export interface About {
  /** Sentence case, begins with a verb: "Import data". */
  title: string
  /** A Lucide icon name in kebab case. */
  icon: string
  /** How the command line says it behind the room's name, where that is not the verb: `target add`. */
  command?: string
  /** Input fields that the command line also takes without a flag, in order. */
  positional?: readonly string[]
  /**
   * Fields that name a file or folder. `always`: whatever stands there is a path; `existing`: it is one if something
   * lies there, else it is a name; `named`: it is a name only if it is a plain word and nothing lies there.
   */
  paths?: Readonly<Record<string, 'always' | 'existing' | 'named'>>
  /** How the effect can be taken back, or that it is final (then the window asks first). */
  undo?: string
  final?: boolean
  /** What cancelling means: what is kept and what is dropped. Long work must say it. */
  cancel?: string
  /**
   * What it begins goes on for as long as the engine does: a command that had to open an engine of its own stays until
   * Ctrl-C. `unless` names the switch that ends such a thing instead.
   */
  lasts?: { unless?: string }
  /** It answers with a job that it began: a command follows that job to its end, as it does for work. */
  begins?: boolean
  /** The watch that tells the same and goes on: with `--follow` a command asks that one, with this input beside its own. */
  follow?: { verb: string; input?: Readonly<Record<string, unknown>> }
  /** A command that ends with this in its result ends with exit code 1, as after a failure; `verdict.outcome` is a field within. */
  fails?: Readonly<Record<string, string | boolean>>
  /** Reads only: allowed in a workspace that is open read-only. */
  reads?: boolean
  /** Between the parts of the product: no command, and not in the palette. */
  inner?: boolean
  /**
   * It also works on files alone, and then needs no workspace: `files` are the fields that name what it works on,
   * `out` the one that says where the result goes (what only reads has none).
   */
  alone?: { files: readonly string[]; out?: string }
}

/** What oRPC carries beside each entry. */
export interface EntryMeta {
  kind: 'call' | 'work' | 'watch'
  about: About
  /** The schema of a work's result; for the other kinds the output itself. */
  result: z.ZodType
}

/** The one error of the wall: expected trouble as data. */
const errors = { FAILURE: { data: Failure } } as const
type Errors = { FAILURE: { data: typeof Failure } }

type Entry<I extends z.ZodType, O extends z.ZodType> = ContractProcedure<I, O, Errors, EntryMeta>

/** An answer that is there at once. */
export type Call<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = Entry<I, O> & {
  readonly kind: 'call'
  readonly answers: z.output<O>
}
/** Long work: the call answers with the job that was written before the work started; the job ends with a result. */
export type Work<I extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> = Entry<I, typeof Job> & {
  readonly kind: 'work'
  readonly ends: z.output<R>
}
/** A stream of events that goes on until the caller stops listening. */
export type Watch<I extends z.ZodType = z.ZodType, E extends z.ZodType = z.ZodType> = Entry<
  I,
  ReturnType<typeof eventIterator<z.output<E>, z.output<E>>> & z.ZodType
> & {
  readonly kind: 'watch'
  readonly tells: z.output<E>
}

const entry = (
  kind: EntryMeta['kind'],
  about: About,
  input: z.ZodType,
  output: z.ZodType,
  result: z.ZodType,
) => oc.$meta<EntryMeta>({ kind, about, result }).errors(errors).input(input).output(output)

/** Declares an entry that answers at once. */
export const call = <I extends z.ZodType, O extends z.ZodType>(about: About, input: I, output: O) =>
  entry('call', about, input, output, output) as unknown as Call<I, O>

/** Declares long work: `plan` goes in, a `Job` comes back at once, `result` is what the job ends with. */
export const work = <I extends z.ZodType, R extends z.ZodType>(
  about: About & { cancel: string },
  plan: I,
  result: R,
) => entry('work', about, plan, Job, result) as unknown as Work<I, R>

/** Declares a stream of events. */
export const watch = <I extends z.ZodType, E extends z.ZodType>(about: About, input: I, event: E) =>
  entry(
    'watch',
    { ...about, reads: true },
    input,
    eventIterator(event) as unknown as z.ZodType,
    event,
  ) as unknown as Watch<I, E>

/** The meta data of an entry. */
export const metaOf = (procedure: { '~orpc': { meta: unknown } }): EntryMeta =>
  procedure['~orpc'].meta as EntryMeta

/** The input schema of an entry. */
export const inputOf = (procedure: { '~orpc': { inputSchema?: unknown } }): z.ZodType =>
  procedure['~orpc'].inputSchema as z.ZodType

type InputOf<P> =
  P extends ContractProcedure<infer I extends z.ZodType, infer _O, infer _E, infer _M> ? I : never

/** What a caller of one entry sees. */
export type Caller<P> = P extends { kind: 'work' }
  ? (input: z.input<InputOf<P>>, options?: { signal?: AbortSignal }) => Promise<Job>
  : P extends { kind: 'watch'; tells: infer E }
    ? (input: z.input<InputOf<P>>, options?: { signal?: AbortSignal }) => Promise<AsyncIterable<E>>
    : P extends { kind: 'call'; answers: infer O }
      ? (input: z.input<InputOf<P>>, options?: { signal?: AbortSignal }) => Promise<O>
      : never

/** The client of a whole contract: `client.dataset.list({})`. */
export type Client<C> = { [Room in keyof C]: { [Verb in keyof C[Room]]: Caller<C[Room][Verb]> } }

/**
 * What a room hands in for its part of the contract: plain functions, one a verb. A work's function gets the
 * job's context `J` (progress, log, cancel, lineage) and returns the result; a call's gets the request's `R`.
 */
export type Handlers<Room, R, J> = {
  [Verb in keyof Room]: Room[Verb] extends { kind: 'work'; ends: infer O }
    ? (input: z.output<InputOf<Room[Verb]>>, job: J) => Promise<O>
    : Room[Verb] extends { kind: 'watch'; tells: infer E }
      ? (input: z.output<InputOf<Room[Verb]>>, request: R) => AsyncIterable<E>
      : Room[Verb] extends { kind: 'call'; answers: infer O }
        ? (input: z.output<InputOf<Room[Verb]>>, request: R) => Promise<O>
        : never
}

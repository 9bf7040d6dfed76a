import type { Origin, TensorData } from '../../../graph.ts'
import type { LiteOptions, LiteType } from '../model.ts'

/** A tensor of a model in the making: what one operation makes and others read, or a constant. */
export interface Value {
  name: string
  type: LiteType
  shape: number[]
  /** As `shape`, -1 where the size follows the batch; absent where none does. */
  signature?: number[]
  /** Elements of a constant. Never changed in place, since graph and draft may share them. */
  data?: TensorData
  /** Values between which training has seen it (fake quantization). */
  range?: Range
  quantization?: { scale: number[]; zeroPoint: number[]; axis: number }
  maker?: Operation
  readers: Set<Operation>
  origin?: Origin
}

export interface Range {
  min: number
  max: number
}

/** An operator in the making, its tensors by reference. */
export interface Operation {
  op: string
  /** Undefined for an optional input that is left out. */
  inputs: (Value | undefined)[]
  outputs: Value[]
  options: LiteOptions
  customCode?: string
  origin?: Origin
  gone?: boolean
}

/** A model in the making: operators that can be merged and replaced, each change in constant time. */
export class Draft {
  readonly operations: Operation[] = []
  readonly inputs: Value[] = []
  readonly outputs: Value[] = []
  /** At which places a value is an output. */
  private readonly places = new Map<Value, number[]>()

  /** Makes a value the next output of the model. */
  deliver(value: Value): void {
    this.places.set(value, [...(this.places.get(value) ?? []), this.outputs.length])
    this.outputs.push(value)
  }

  isOutput(value: Value): boolean {
    return this.places.has(value)
  }

  /** Puts another value where this one is an output. */
  private redirect(old: Value, by: Value): void {
    const places = this.places.get(old)
    if (!places || old === by) return
    for (const place of places) this.outputs[place] = by
    this.places.delete(old)
    this.places.set(by, [...(this.places.get(by) ?? []), ...places])
  }

  value(part: Omit<Value, 'readers' | 'maker'>): Value {
    return { ...part, readers: new Set() }
  }

  add(part: Omit<Operation, 'gone'>): Operation {
    const operation: Operation = { ...part }
    for (const input of operation.inputs) input?.readers.add(operation)
    for (const output of operation.outputs) output.maker = operation
    this.operations.push(operation)
    return operation
  }

  /** Changes what an operation is and reads; what it makes stays. */
  become(operation: Operation, op: string, inputs: (Value | undefined)[], options: LiteOptions = {}): void {
    operation.op = op
    operation.options = options
    this.read(operation, inputs)
  }

  read(operation: Operation, inputs: (Value | undefined)[]): void {
    const before = operation.inputs
    operation.inputs = inputs
    for (const input of inputs) input?.readers.add(operation)
    for (const input of before) if (input && !inputs.includes(input)) this.leave(input, operation)
  }

  /** Lets everybody read another value instead of this one, the model's outputs too. */
  replace(old: Value, by: Value): void {
    for (const reader of [...old.readers])
      this.read(
        reader,
        reader.inputs.map(input => (input === old ? by : input)),
      )
    this.redirect(old, by)
    if (old.maker) this.drop(old.maker)
  }

  /** An operation takes over the result of the one that follows it, with its name; the follower goes. */
  absorb(operation: Operation, follower: Operation): void {
    const [own] = operation.outputs as [Value]
    const [result] = follower.outputs as [Value]
    own.maker = undefined
    operation.outputs = [result]
    result.maker = operation
    result.range ??= own.range
    follower.outputs = []
    follower.gone = true
    this.read(follower, [])
  }

  /** Whether exactly this one operation needs the value, and the model does not hand it out. */
  isOnlyFor(value: Value, reader: Operation): boolean {
    return value.readers.size === 1 && value.readers.has(reader) && !this.isOutput(value)
  }

  /** Removes an operation that nobody needs, and those that only it needed. */
  drop(operation: Operation): void {
    const open = [operation]
    for (let next = open.pop(); next; next = open.pop()) {
      if (next.gone || next.outputs.some(value => value.readers.size > 0 || this.isOutput(value))) continue
      next.gone = true
      for (const input of new Set(next.inputs)) {
        input?.readers.delete(next)
        if (input?.maker) open.push(input.maker)
      }
    }
  }

  private leave(value: Value, reader: Operation): void {
    value.readers.delete(reader)
    if (value.readers.size === 0 && value.maker) this.drop(value.maker)
  }
}

/** Why a node has no form in TensorFlow Lite; `remedy` says what can be done about it. */
export class Refusal extends Error {
  readonly remedy?: string
  constructor(reason: string, remedy?: string) {
    super(reason)
    this.remedy = remedy
  }
}

/** The shape of a value is not known, perhaps on account of a node before it. */
export class UnknownShape extends Refusal {
  constructor() {
    super(
      'the shape of its result depends on the data',
      'Give the inputs fixed shapes, or leave this part of the model out.',
    )
  }
}

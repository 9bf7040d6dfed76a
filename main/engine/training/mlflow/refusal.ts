/** What MLflow's client is told when a call cannot be answered, by the names of mlflow/protos/databricks.proto. */
const STATUS = {
  RESOURCE_DOES_NOT_EXIST: 404,
  RESOURCE_ALREADY_EXISTS: 400,
  INVALID_PARAMETER_VALUE: 400,
  ENDPOINT_NOT_FOUND: 404,
  PERMISSION_DENIED: 403,
  INTERNAL_ERROR: 500,
} as const

/** Thrown by what answers a call. */
export class Refusal extends Error {
  readonly code: keyof typeof STATUS
  constructor(code: keyof typeof STATUS, message: string) {
    super(message)
    this.code = code
  }
  get status() {
    return STATUS[this.code]
  }
  get body() {
    return { error_code: this.code, message: this.message }
  }
}

export const missing = (what: string): Refusal =>
  new Refusal('RESOURCE_DOES_NOT_EXIST', `There is no ${what}.`)

import { FailureError, fail } from '../../kit/index.ts'

/** What a person should be told of an error that DuckDB threw; what is not known here stays as it is. */
export function troubleOf(error: unknown): unknown {
  if (error instanceof FailureError || !(error instanceof Error)) return error
  const text = error.message
  if (
    /no space left|disk is full|file too large|could not write (all bytes|file)|failed to offload/i.test(text)
  )
    return fail(
      'disk-full',
      'The disk is full; nothing of this work was kept.',
      'Free some space and do it again; nothing that was there before is lost.',
      { cause: error },
    )
  if (/^out of memory/i.test(text))
    return fail(
      'unsupported',
      'This data needs more memory than Edgewright gives itself; nothing was kept.',
      'Split the file into smaller ones, or drop very long texts from it.',
      { cause: error },
    )
  if (/permission denied/i.test(text))
    return fail(
      'no-permission',
      'The file may not be read.',
      'Change its permissions or choose another file.',
      {
        cause: error,
      },
    )
  return error
}

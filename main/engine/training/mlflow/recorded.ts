/**
 * What a program tells a tracking server, one thing at a time; as JSON lines it is what the recorder beside a container
 * writes. Times are seconds since 1970; a value that is no number is the text `NaN`, `Infinity` or `-Infinity`.
 */
export type Recorded =
  | { kind: 'begun'; run: string; name: string; experiment: string; parent: string | null; at: number }
  | {
      kind: 'points'
      run: string
      points: { key: string; step: number; at: number; value: number | string }[]
    }
  | { kind: 'params'; run: string; values: Record<string, string> }
  | { kind: 'tags'; run: string; values: Record<string, string> }
  /** A file that is kept at `path` of the artifacts' folder. */
  | { kind: 'file'; run: string | null; path: string; bytes: number }
  /** A piece of a file, where there is no folder to keep it in. */
  | { kind: 'piece'; path: string; at: number; base64: string }
  | { kind: 'ended'; run: string; status: RunStatus; at: number }

/** How MLflow says that a run stands (mlflow/protos/service.proto, `RunStatus`). */
export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED'

const KINDS = new Set(['begun', 'points', 'params', 'tags', 'file', 'piece', 'ended'])

/** The thing that a line tells; null where it is another line. */
export function recordedIn(line: string): Recorded | null {
  if (!line.startsWith('{"kind":"')) return null
  try {
    const said = JSON.parse(line) as Recorded
    return KINDS.has(said.kind) ? said : null
  } catch {
    return null
  }
}

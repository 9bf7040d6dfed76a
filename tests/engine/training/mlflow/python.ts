import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from 'vitest'

/** A Python with MLflow's client, TensorBoard and scikit-learn. */
export const python = process.env.EDGEWRIGHT_MLFLOW_PYTHON

/** A test that needs MLflow's own client; skipped aloud without it, and failing where nothing may be skipped. */
export const testWithMlflow = (name: string, body: () => Promise<void>): void =>
  test.skipIf(!python && process.env.CI !== 'true')(
    python ? name : `${name} (skipped: set EDGEWRIGHT_MLFLOW_PYTHON to a Python with MLflow's client)`,
    body,
    120_000,
  )

/** Runs a script that tells a tracking server on this computer. @returns the last line that it printed */
export async function tellByMlflow(script: string, port: number, args: string[] = []): Promise<string> {
  const { stdout } = await promisify(execFile)(python as string, [script, ...args], {
    env: {
      ...process.env,
      MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}`,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false',
    },
  })
  return stdout.trimEnd().split('\n').at(-1) as string
}

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { toBinary } from '@bufbuild/protobuf'
import { DuckDBInstance } from '@duckdb/node-api'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatasetVersion, Failure } from '#contract'
import { create, ExampleSchema, frameRecord } from '../../../main/engine/metadata/index.ts'
import { openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
const valid: Record<string, Buffer> = {}
const ROWS: Record<string, number> = {
  arrow: 3,
  arrows: 6,
  tfrecord: 40,
  sqlite: 200,
  parquet: 300,
  xlsx: 3,
  gz: 50,
}

const golden = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../golden/sources/${name}`, import.meta.url)))

beforeAll(async () => {
  workspace = openWorkspace()
  valid.arrow = golden('lz4.feather')
  valid.arrows = golden('twice.arrows')
  valid.xlsx = golden('openpyxl.xlsx')
  valid.tfrecord = Buffer.concat(
    Array.from({ length: ROWS.tfrecord as number }, (_, at) => {
      const value = { kind: { case: 'int64List' as const, value: { value: [BigInt(at)] } } }
      return frameRecord(
        toBinary(ExampleSchema, create(ExampleSchema, { features: { feature: { a: value } } } as never)),
      )
    }),
  )
  valid.gz = gzipSync(
    `a,b\n${Array.from({ length: ROWS.gz as number }, (_, at) => `${at},"x, ${at}"\n`).join('')}`,
  )
  const db = new Database(workspace.file('valid.sqlite', ''))
  db.exec('CREATE TABLE x (a INTEGER, b TEXT)')
  for (let at = 0; at < (ROWS.sqlite as number); at++)
    db.prepare('INSERT INTO x VALUES (?, ?)').run(at, `text ${at}`)
  valid.sqlite = db.serialize()
  db.close()
  const parquet = workspace.file('valid.parquet', '')
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run(
    `COPY (SELECT range AS a, 'text ' || range AS b FROM range(${ROWS.parquet})) TO '${parquet}' (FORMAT parquet)`,
  )
  connection.closeSync()
  valid.parquet = readFileSync(parquet)
})
afterAll(() => workspace.close())

/** Ways to spoil a file: change bytes, cut it off, take a piece out, double a piece. */
const spoil = fc.array(
  fc.record({
    how: fc.constantFrom('change', 'cut', 'take', 'double', 'fill'),
    /** In millionths of the file. */
    where: fc.integer({ min: 0, max: 1_000_000 }),
    length: fc.integer({ min: 1, max: 40 }),
    byte: fc.integer({ min: 0, max: 255 }),
  }),
  { minLength: 1, maxLength: 3 },
)

function spoiled(
  bytes: Buffer,
  changes: { how: string; where: number; length: number; byte: number }[],
): Buffer {
  let out = Buffer.from(bytes)
  for (const { how, where, length, byte } of changes) {
    const at = Math.floor((where / 1_000_001) * out.length)
    if (how === 'change' && at < out.length) out[at] = byte
    else if (how === 'fill') out.fill(byte, at, Math.min(out.length, at + length))
    else if (how === 'cut') out = out.subarray(0, at)
    else if (how === 'take') out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)])
    else if (how === 'double')
      out = Buffer.concat([
        out.subarray(0, at + length),
        out.subarray(at, at + length),
        out.subarray(at + length),
      ])
  }
  return out
}

/**
 * Formats that say how many rows they have, or check their bytes: where one is read after all, no row may be lost. A
 * stream of Arrow may end between two batches (which is said), a TFRecord between two records, and a page of SQLite has
 * no checksum.
 */
const exact = new Set(['arrow', 'parquet', 'xlsx', 'gz'])

test.each(Object.keys(ROWS))(
  'a spoiled %s is refused in words, or read',
  { timeout: 120_000 },
  async ending => {
    let count = 0
    await fc.assert(
      fc.asyncProperty(spoil, async changes => {
        const bytes = spoiled(valid[ending] as Buffer, changes)
        const path = workspace.file(`fuzz-${ending}-${count++}.${ending === 'gz' ? 'csv.gz' : ending}`, bytes)
        let version: DatasetVersion
        try {
          version = await workspace.import(path, { name: 'fuzz' })
        } catch (error) {
          const { code, message, remedy } = (error as { failure: Failure }).failure
          expect(code, message).not.toBe('internal')
          expect(message).toMatch(/^[^\n]+[.:]?$/)
          expect(remedy).toMatch(/\w.*\.$/)
          return
        }
        expect(version.rows).toBeGreaterThan(0)
        if (exact.has(ending)) expect(version.rows).toBe(ROWS[ending])
        else if (ending === 'tfrecord')
          expect(version.rows).toBeLessThanOrEqual((ROWS.tfrecord as number) + 2)
      }),
      { numRuns: Number(process.env.EDGEWRIGHT_FUZZ ?? 60), endOnFailure: true },
    )
  },
)

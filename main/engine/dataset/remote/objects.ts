import { basename, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ensureFolder, FailureError, fail, freeBytes } from '../../kit/index.ts'
import { literal, loadDuck } from '../duck.ts'
import { withoutPassword } from '../files/address.ts'
import { troubleOf } from '../files/trouble.ts'
import { STORES, type StoreKind } from './secrets.ts'

/** Memory of the reader; an object that is no Parquet is held in it whole. */
const MEMORY = '3GB'
const LARGEST = 1 << 30

export interface ObjectOptions {
  signal?: AbortSignal
  tell?(share: number | null, step: string): void
  /** Let DuckDB fetch its extension where it is missing; only a person says so. */
  install?: boolean
}

/**
 * Copies what lies in an object store into a folder, by DuckDB's extensions: an object, or all that fit a pattern.
 * @returns the file, or the folder of several
 * @throws Failure unsupported (the extension is not on this computer), unreachable, not-found, no-permission, too-wide
 */
export async function fetchObjects(
  address: string,
  folder: string,
  { signal, tell, install }: ObjectOptions,
): Promise<string> {
  const shown = withoutPassword(address)
  const kind = STORES[new URL(address).protocol] as StoreKind
  // Apart from the engine that reads files: what it may reach and who it asks as ends with it.
  const { DuckDBInstance } = await loadDuck()
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY,
    temp_directory: join(folder, 'spill'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  const stop = () => connection.interrupt()
  signal?.addEventListener('abort', stop)
  try {
    for (const extension of kind.extensions) await load(connection, extension, address, install)
    await signIn(connection, kind)
    tell?.(null, 'looking into the store')
    const objects = await listed(connection, address)
    if (!objects.length) throw fail('not-found', `There is nothing at ${shown}.`, 'Check the address.')
    const bytes = objects.reduce((sum, { size }) => sum + size, 0)
    if (bytes > freeBytes(folder))
      throw fail('disk-full', `${shown} is larger than the free space of this disk.`, 'Free some space.')
    const into = objects.length > 1 ? ensureFolder(join(folder, 'objects')) : folder
    let done = 0
    for (const [at, { name, size }] of objects.entries()) {
      tell?.(bytes ? done / bytes : null, `fetching ${basename(name)}`)
      const number = objects.length > 1 ? `${String(at).padStart(6, '0')}-` : ''
      await copy(connection, { name, size }, join(into, `${number}${safe(basename(name))}`))
      done += size
    }
    return objects.length > 1 ? into : join(into, safe(basename(objects[0]?.name ?? '')))
  } catch (error) {
    signal?.throwIfAborted()
    throw storeTrouble(error, shown)
  } finally {
    signal?.removeEventListener('abort', stop)
    connection.closeSync()
    instance.closeSync()
  }
}

const safe = (name: string): string => name.replaceAll(/[^\p{L}\p{N}._ -]+/gu, '_').slice(-100) || 'data'

async function load(
  connection: DuckDBConnection,
  extension: string,
  address: string,
  install = false,
): Promise<void> {
  const scheme = `${new URL(address).protocol}//`
  try {
    if (install) await connection.run(`INSTALL ${extension}`)
  } catch (cause) {
    throw fail(
      'unreachable',
      `DuckDB's ${extension} extension could not be fetched; nothing was installed.`,
      'Check the network, or download the file first and import it from the disk.',
      { cause },
    )
  }
  try {
    await connection.run(`LOAD ${extension}`)
  } catch (cause) {
    throw fail(
      'unsupported',
      `Reading from ${scheme} needs DuckDB's ${extension} extension, which is not on this computer.`,
      'Download the file first and import it from the disk, or let the extension be fetched with --install-extension.',
      { cause },
    )
  }
}

/** Says who asks: by the chain of Amazon's own settings where DuckDB's extension for it is there, else by the environment. */
async function signIn(connection: DuckDBConnection, kind: StoreKind): Promise<void> {
  const sql = kind.secret(process.env)
  if (sql) await connection.run(sql)
  else if (kind === STORES['s3:'])
    try {
      await connection.run('LOAD aws')
      await connection.run('CREATE OR REPLACE SECRET store (TYPE s3, PROVIDER credential_chain)')
    } catch {
      // Then it is asked as everyone, which a public bucket answers.
    }
}

async function listed(
  connection: DuckDBConnection,
  address: string,
): Promise<{ name: string; size: number }[]> {
  const found = await connection.runAndReadAll(
    `SELECT filename, size::DOUBLE FROM read_blob(${literal(address)}) ORDER BY filename`,
  )
  return found.getRows().map(([name, size]) => ({ name: String(name), size: Number(size) }))
}

/** Copies an object as it is; a large Parquet one row by row, which takes no memory. */
async function copy(
  connection: DuckDBConnection,
  { name, size }: { name: string; size: number },
  to: string,
): Promise<void> {
  if (size <= LARGEST)
    await connection.run(
      `COPY (SELECT content FROM read_blob(${literal(name)})) TO ${literal(to)} (FORMAT blob)`,
    )
  else if (/\.(parquet|pq)$/i.test(name))
    await connection.run(
      `COPY (FROM read_parquet(${literal(name)})) TO ${literal(to)} (FORMAT parquet, COMPRESSION zstd)`,
    )
  else
    throw fail(
      'too-wide',
      `"${basename(name)}" is larger than 1 GB, which is read from a store only as Parquet.`,
      'Download it first and import it from the disk.',
    )
}

function storeTrouble(error: unknown, shown: string): unknown {
  if (error instanceof FailureError || !(error instanceof Error)) return error
  const text = error.message
  if (/\b404\b|not found|no files found/i.test(text))
    return fail('not-found', `There is nothing at ${shown}.`, 'Check the address.', { cause: error })
  if (/\b40[013]\b|forbidden|unauthorized|credential|access ?denied/i.test(text))
    return fail(
      'no-permission',
      `${shown} may not be read.`,
      'Set the keys of the store in the environment, for example AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION.',
      { cause: error },
    )
  if (/http|connect|resolve|timeout|curl|ssl/i.test(text))
    return fail(
      'unreachable',
      `The store of ${shown} does not answer.`,
      'Check the address and the network.',
      {
        cause: error,
      },
    )
  return troubleOf(error)
}

import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import pg from 'pg'

/** Where the programs of a PostgreSQL are, or null where none is installed. */
function programs(): string | null {
  const versions = '/usr/lib/postgresql'
  const installed = existsSync(versions) ? readdirSync(versions).sort().reverse() : []
  const places = [
    ...installed.map(version => join(versions, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  return (
    places.find(place => existsSync(join(place, 'initdb')) && existsSync(join(place, 'postgres'))) ?? null
  )
}

export const POSTGRES = programs()

export interface PostgresServer {
  port: number
  /** The address of a user, by default of the one that owns all. */
  address(user?: string, password?: string, database?: string): string
  run(sql: string): Promise<void>
  close(): Promise<void>
}

const freePort = () =>
  new Promise<number>(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** Starts a server of its own on loopback, which asks for passwords and keeps its data in a temporary folder. */
export async function startPostgres(): Promise<PostgresServer> {
  if (!POSTGRES) throw new Error('no PostgreSQL is installed')
  const base = mkdtempSync(join(tmpdir(), 'edgewright-postgres-'))
  const data = join(base, 'data')
  mkdirSync(data)
  // The server refuses to run as root.
  const isRoot = process.getuid?.() === 0
  const as = isRoot ? { uid: 65534, gid: 65534 } : {}
  if (isRoot) for (const folder of [base, data]) chownSync(folder, 65534, 65534)
  chmodSync(base, 0o755)
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  execFileSync(
    join(POSTGRES, 'initdb'),
    ['-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--no-instructions'],
    { ...as, env, cwd: base, stdio: 'pipe' },
  )
  const port = await freePort()
  const options = [
    ['listen_addresses', '127.0.0.1'],
    ['unix_socket_directories', base],
    ['fsync', 'off'],
    ['password_encryption', 'scram-sha-256'],
  ].flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(join(POSTGRES, 'postgres'), ['-D', data, '-p', String(port), ...options], {
    ...as,
    env,
    cwd: base,
    stdio: 'ignore',
  })
  const address = (user = 'owner', password = 'se:cr@t/1', database = 'postgres') =>
    `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
  const run = async (sql: string) => {
    const client = new pg.Client(address())
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  for (let tries = 0; ; tries++) {
    try {
      await run('SELECT 1')
      break
    } catch (error) {
      if (tries > 100) throw error
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  await run(`ALTER USER owner PASSWORD 'se:cr@t/1'`)
  writeFileSync(join(data, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n')
  await run('SELECT pg_reload_conf()')
  return {
    port,
    address,
    run,
    async close() {
      server.kill('SIGINT')
      await new Promise(resolve => server.once('exit', resolve))
      rmSync(base, { recursive: true, force: true })
    },
  }
}

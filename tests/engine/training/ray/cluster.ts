import { type ExecFileException, execFile, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/** Ray's command; `.ci/ray.sh` puts one beside a Python with TensorFlow. */
export const ray = process.env.EDGEWRIGHT_RAY

export interface Cluster {
  address: string
  /** Whether the Python that runs jobs has TensorFlow. */
  setTensorflow(there: boolean): void
  stop(): Promise<void>
}

/** Ports that are free now, one after another. */
async function ports(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const found = await Promise.all(
    servers.map(
      server =>
        new Promise<number>(done => {
          server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port))
        }),
    ),
  )
  await Promise.all(servers.map(server => new Promise(done => server.close(done))))
  return found
}

/**
 * Starts a cluster of one node of its own: its ports, little memory, and no other cluster of this computer disturbed.
 */
export async function startCluster(command: string, { cpus = 2 } = {}): Promise<Cluster> {
  const real = join(dirname(command), 'python')
  // A link to Ray's command in another folder would give jobs a Python without Ray, which fails far from here.
  if (!existsSync(real) || !canLoadRay(real))
    throw new Error(`Beside ${command} there is no Python with Ray: name the one that .ci/ray.sh prints.`)
  const folder = mkdtempSync(join(tmpdir(), 'ray-'))
  const bare = join(folder, 'without-tensorflow')
  const python = join(folder, 'python', 'python')
  mkdirSync(dirname(python))
  writeFileSync(
    python,
    `#!/bin/sh\nif [ -e '${bare}' ]; then exec '${real}' -S "$@"; fi\nexec '${real}' "$@"\n`,
    { mode: 0o755 },
  )
  const [gcs, dashboard, agent, client, metrics, runtime] = (await ports(6)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const env = {
    ...process.env,
    PATH: [dirname(python), dirname(command), process.env.PATH].join(delimiter),
    RAY_DISABLE_IMPORT_WARNING: '1',
    RAY_USAGE_STATS_ENABLED: '0',
    RAY_enable_open_telemetry: '0',
    // A disk that is nearly full, or memory that others use, is not what is tested here.
    RAY_memory_monitor_refresh_ms: '0',
    RAY_local_fs_capacity_threshold: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  }
  const words = [
    ...['start', '--head', '--node-ip-address=127.0.0.1', `--port=${gcs}`, '--dashboard-host=127.0.0.1'],
    ...[`--dashboard-port=${dashboard}`, `--dashboard-agent-listen-port=${agent}`],
    ...[`--ray-client-server-port=${client}`, `--metrics-export-port=${metrics}`],
    ...[`--dashboard-agent-grpc-port=${runtime}`, `--num-cpus=${cpus}`, '--object-store-memory=80000000'],
    ...[`--temp-dir=${folder}`, '--disable-usage-stats'],
  ]
  await new Promise<void>((done, failed) => {
    // Ray begins its workers by bash with the input that it was given itself. Where that is a socket, which Node gives, bash
    // takes itself for a remote shell and reads ~/.bashrc, which may put another Python before this one.
    const quiet = ['-c', 'exec "$0" "$@" </dev/null', command, ...words]
    execFile('sh', quiet, { env, timeout: 120_000 }, (error: ExecFileException | null, out, err) =>
      error ? failed(new Error(`Ray did not start: ${out}${err}`)) : done(),
    )
  })
  const address = `http://127.0.0.1:${dashboard}`
  await answering(address)
  return {
    address,
    setTensorflow(there) {
      if (there) rmSync(bare, { force: true })
      else writeFileSync(bare, '')
    },
    async stop() {
      // `ray stop` would end every cluster of this computer.
      for (let round = 0; round < 20; round++) {
        const left = processesOf(folder)
        if (left.length === 0) break
        for (const pid of left)
          try {
            process.kill(pid, round < 4 ? 'SIGTERM' : 'SIGKILL')
          } catch {}
        await new Promise(done => setTimeout(done, 250))
      }
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const canLoadRay = (python: string): boolean =>
  spawnSync(python, ['-c', "import importlib.util as u; raise SystemExit(u.find_spec('ray') is None)"])
    .status === 0

async function answering(address: string): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const answer = await fetch(`${address}/api/v0/nodes`).catch(() => null)
    if (answer?.ok && (await answer.text()).includes('ALIVE')) return
    await new Promise(done => setTimeout(done, 250))
  }
  throw new Error('The dashboard of Ray did not come up.')
}

/** Processes that name the folder in their words, or work in it. */
function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(pid => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder) ||
          readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
        )
      } catch {
        return false
      }
    })
    .map(Number)
}

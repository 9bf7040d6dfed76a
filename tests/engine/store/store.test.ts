import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FailureError, hashOf } from '../../../main/engine/kit/index.ts'
import { collection, openStore, type Store, WORKSPACE_FORMAT } from '../../../main/engine/store/index.ts'
import { temporaryFolder } from '../../contract/house.ts'

const STORE = new URL('../../../main/engine/store/index.ts', import.meta.url).pathname

/** Processes that a test began; none outlives it. */
const children: ChildProcess[] = []

/** Another process that opens a workspace, says whether it may write, and stays. */
async function otherProcess(folder: string, after = '') {
  const code = `import { openStore } from ${JSON.stringify(STORE)}
    const store = openStore(${JSON.stringify(folder)})
    ${after}
    console.log(store.readOnly ? 'reads' : 'writes')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { mode: line.toString().trim(), child }
}

const failureIn = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof FailureError) return error.failure
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('a workspace', () => {
  let home: ReturnType<typeof temporaryFolder>
  let folder: string
  const opened: Store[] = []
  const open = (path = folder) => {
    const store = openStore(path)
    opened.push(store)
    return store
  }
  beforeEach(() => {
    home = temporaryFolder()
    folder = join(home.path, 'Plant lab')
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    for (const store of opened.splice(0)) if (store.db.open) store.close()
    home.remove()
  })

  test('is made where there is none, and every migration is in it', () => {
    const store = open()
    expect(store.readOnly).toBe(false)
    expect(store.name).toBe('Plant lab')
    expect(store.format).toBe(WORKSPACE_FORMAT)
    expect(store.db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(store.db.pragma('foreign_keys', { simple: true })).toBe(1)
    const files = readdirSync(new URL('../../../main/engine/store/migrations/', import.meta.url))
    expect(Math.max(...files.map(name => Number(name.slice(0, 4))))).toBe(WORKSPACE_FORMAT)
  })

  test('is read-only while another process has it, and free again when that one is killed', async () => {
    const other = await otherProcess(folder)
    expect(other.mode).toBe('writes')
    const store = open()
    expect(store.readOnly).toBe(true)
    expect(() => store.db.exec('CREATE TABLE x (y)')).toThrow(/readonly/)
    store.close()
    const gone = once(other.child, 'exit')
    other.child.kill('SIGKILL')
    await gone
    expect(open().readOnly).toBe(false)
  })

  // A folder that may not be written, for root too, is a mount; the sandbox of some machines does not let us make one.
  const shut = (command: string) =>
    spawnSync(
      'unshare',
      ['-rm', 'sh', '-c', `mount --bind . . && mount -o remount,ro,bind "$PWD" && cd "$PWD" && ${command}`],
      {
        cwd: home.path,
        encoding: 'utf8',
      },
    )
  const mayMount = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0
  test.skipIf(!mayMount)(
    'on a disk that may not be written can be looked at, and leaves nothing behind',
    () => {
      open().close()
      rmSync(join(folder, 'hold.db'), { force: true })
      const script = `import { openStore } from ${JSON.stringify(STORE)}
      const store = openStore(${JSON.stringify(folder)})
      const tables = store.db.prepare("SELECT count(*) AS n FROM sqlite_master").get().n
      let refused = false
      try { store.db.exec('CREATE TABLE x (y)') } catch { refused = true }
      store.close()
      console.log(store.readOnly, tables > 3, refused)`
      const before = readdirSync(tmpdir()).filter(name => name.startsWith('edgewright-look-'))
      const { stdout, stderr } = shut(
        `exec "${process.execPath}" --input-type=module -e '${script.replaceAll("'", "'\\''")}'`,
      )
      expect(stdout.trim(), stderr).toBe('true true true')
      expect(readdirSync(tmpdir()).filter(name => name.startsWith('edgewright-look-'))).toEqual(before)
    },
  )

  /** Another process that has a workspace and does nothing with it but what it is told to do a little later. */
  async function holder(later = '') {
    const hold = new URL('./hold.ts', `file://${STORE}`).pathname
    const code = `import { holdWorkspace } from ${JSON.stringify(hold)}
      import { openStore } from ${JSON.stringify(STORE)}
      const hold = holdWorkspace(${JSON.stringify(folder)})
      setTimeout(() => { ${later} }, 300)
      setInterval(() => {}, 1000)
      console.log('held')`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    await once(child.stdout, 'data')
  }

  test('that another process is only now making is looked at when it is made', async () => {
    mkdirSync(folder)
    await holder(`hold.release(); openStore(${JSON.stringify(folder)})`)
    const store = open()
    expect([store.readOnly, store.format]).toEqual([true, WORKSPACE_FORMAT])
    expect(store.db.prepare('SELECT count(*) AS n FROM jobs').get()).toEqual({ n: 0 })
  })

  test('of an older format that another process has is looked at as it would be in this one, and stays old', async () => {
    mkdirSync(folder)
    const old = new Database(join(folder, 'edgewright.db'))
    old.pragma('journal_mode = WAL')
    const migrations = new URL('../../../main/engine/store/migrations/', import.meta.url)
    const format = 5
    for (const name of readdirSync(migrations).sort().slice(0, format))
      old.exec(readFileSync(new URL(name, migrations), 'utf8'))
    old.pragma(`user_version = ${format}`)
    old.exec(
      "INSERT INTO jobs (room, verb, title, input, state, status, queued_at) VALUES ('a', 'b', 'c', '1', 'queued', '{}', '')",
    )
    await holder()
    const store = open()
    expect([store.readOnly, store.format]).toEqual([true, WORKSPACE_FORMAT])
    expect(store.db.prepare('SELECT title FROM jobs').all()).toEqual([{ title: 'c' }])
    expect(store.db.prepare('SELECT count(*) AS n FROM transforms').get()).toEqual({ n: 0 })
    expect(() => store.db.exec('DELETE FROM jobs')).toThrow(/readonly/)
    expect(old.pragma('user_version', { simple: true })).toBe(format)
    old.close()
  })

  test('shows a reader what the writer wrote meanwhile', async () => {
    const other = await otherProcess(
      folder,
      `store.db.prepare("INSERT INTO gates (model, rules) VALUES ('strikes', '[]')").run()`,
    )
    const store = open()
    expect(store.db.prepare('SELECT model FROM gates').all()).toEqual([{ model: 'strikes' }])
    other.child.kill('SIGKILL')
  })

  test('survives a kill in the middle of a transaction with all that was done before, and nothing of it', async () => {
    const other = await otherProcess(
      folder,
      `store.db.prepare("INSERT INTO gates (model, rules) VALUES ('done', '[]')").run()
       store.db.exec('BEGIN')
       store.db.prepare("INSERT INTO gates (model, rules) VALUES ('half', '[]')").run()`,
    )
    const gone = once(other.child, 'exit')
    other.child.kill('SIGKILL')
    await gone
    expect(open().db.prepare('SELECT model FROM gates').all()).toEqual([{ model: 'done' }])
  })

  test('is one folder that can be copied', () => {
    const store = open()
    const hash = store.blobs.put('some bytes')
    store.db.prepare("INSERT INTO gates (model, rules) VALUES ('strikes', '[]')").run()
    store.close()
    const copy = join(home.path, 'copy')
    cpSync(folder, copy, { recursive: true })
    const second = open(copy)
    expect(second.readOnly).toBe(false)
    expect(second.blobs.read(hash).toString()).toBe('some bytes')
    expect(second.db.prepare('SELECT model FROM gates').all()).toEqual([{ model: 'strikes' }])
  })

  test('of a newer version is refused and stays as it is', () => {
    open().close()
    const db = new Database(join(folder, 'edgewright.db'))
    db.pragma(`user_version = ${WORKSPACE_FORMAT + 1}`)
    db.close()
    const before = readFileSync(join(folder, 'edgewright.db'))
    const failure = failureIn(() => open())
    expect(failure.code).toBe('workspace-newer')
    expect(failure.message).toContain(`format ${WORKSPACE_FORMAT + 1}`)
    expect(readFileSync(join(folder, 'edgewright.db'))).toEqual(before)
  })

  test('is not made in a folder that holds other things, nor over a file', () => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'thesis.txt'), 'mine')
    expect(failureIn(() => open()).code).toBe('unreadable-file')
    expect(readdirSync(folder)).toEqual(['thesis.txt'])
    expect(failureIn(() => open(join(folder, 'thesis.txt'))).code).toBe('unreadable-file')
  })

  test('with a damaged database says so and is let go', () => {
    open().close()
    for (const name of readdirSync(folder)) if (name.startsWith('edgewright.db-')) rmSync(join(folder, name))
    writeFileSync(
      join(folder, 'edgewright.db'),
      'this is no database, and it is long enough to be read as one'.repeat(20),
    )
    expect(failureIn(() => open()).code).toBe('unreadable-file')
    rmSync(join(folder, 'edgewright.db'))
    expect(open().readOnly).toBe(false)
  })

  test('empties its place for unfinished files when it is opened', () => {
    const store = open()
    const whole = store.blobs.put('whole')
    const part = join(dirname(store.blobs.path(whole)), '.0123456789ab.part')
    writeFileSync(part, 'half')
    writeFileSync(join(store.place('tmp', 'import'), 'half'), 'x')
    store.close()
    open()
    expect(existsSync(join(folder, 'tmp', 'import'))).toBe(false)
    expect(existsSync(part)).toBe(false)
    expect(existsSync(store.blobs.path(whole))).toBe(true)
  })
})

describe('blobs', () => {
  const home = temporaryFolder()
  const store = openStore(join(home.path, 'w'))
  afterEach(() => {
    if (existsSync(store.folder)) return
  })

  test('keep the same content once, under its SHA-256', async () => {
    const file = join(home.path, 'file')
    writeFileSync(file, 'content')
    const put = store.blobs.put('content')
    const kept = await store.blobs.putFile(file)
    expect(put).toBe(hashOf('content'))
    expect(kept).toEqual({ hash: put, bytes: 7 })
    expect(readdirSync(join(store.folder, 'blobs', put.slice(0, 2)))).toEqual([put])
    await store.blobs.putFile(file, { move: true })
    expect(existsSync(file)).toBe(false)
  })

  test('say what is missing, and give bytes back', () => {
    const hash = store.blobs.put('to be removed')
    const size = statSync(store.blobs.path(hash)).size
    expect(store.blobs.remove(hash)).toBe(size)
    expect(store.blobs.remove(hash)).toBe(0)
    expect(failureIn(() => store.blobs.read(hash)).code).toBe('not-found')
  })

  test('a collection returns documents by id and by subject, newest first', () => {
    const schemas = collection<{ id: string; at: string; n: number }>(store.db, 'schemas')
    schemas.put({ id: 'a', at: '2026-01-01T00:00:00.000Z', n: 1 }, 'strikes')
    schemas.put({ id: 'b', at: '2026-01-02T00:00:00.000Z', n: 2 }, 'strikes')
    schemas.put({ id: 'c', at: '2026-01-03T00:00:00.000Z', n: 3 }, 'flights')
    schemas.put({ id: 'a', at: '2026-01-01T00:00:00.000Z', n: 4 }, 'strikes')
    expect(schemas.list('strikes').map(each => each.n)).toEqual([2, 4])
    expect(schemas.newest('strikes')?.id).toBe('b')
    expect(schemas.get('a')?.n).toBe(4)
    // The clock was set back by a year, and what was there is made again.
    schemas.put({ id: 'd', at: '2025-01-01T00:00:00.000Z', n: 5 }, 'strikes')
    expect(schemas.newest('strikes')).toEqual({ id: 'd', at: '2025-01-01T00:00:00.000Z', n: 5 })
    schemas.put({ id: 'b', at: '2025-01-02T00:00:00.000Z', n: 6 }, 'strikes')
    expect(schemas.list('strikes').map(each => each.n)).toEqual([6, 5, 4])
    schemas.remove('d')
    schemas.remove('a')
    expect(schemas.get('a')).toBeNull()
    expect(schemas.list()).toHaveLength(2)
    store.close()
    home.remove()
  })
})

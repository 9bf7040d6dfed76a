import type Database from 'better-sqlite3'
import type { Job, JobId, JobState, LogLine } from '#contract'
import { asJobId, fail, now } from '../kit/index.ts'
import type { Addresses } from './addresses.ts'

interface Row {
  number: number
  room: string
  verb: string
  title: string
  input: string
  lane: string | null
  priority: number
  status: string
  queued_at: string
  started_at: string | null
  ended_at: string | null
}

const jobOf = (row: Row): Job => ({
  id: asJobId(`job-${row.number}`),
  room: row.room,
  verb: row.verb,
  title: row.title,
  input: JSON.parse(row.input),
  lane: row.lane,
  priority: row.priority,
  status: JSON.parse(row.status) as JobState,
  queuedAt: row.queued_at,
  startedAt: row.started_at,
  endedAt: row.ended_at,
})

/** The number in `job-17`; a job that is not there is the caller's mistake, so an impossible number is enough. */
export const numberOf = (id: string): number => (/^job-\d+$/.test(id) ? Number(id.slice(4)) : -1)

/** The tables `jobs` and `job_lines`. */
export interface JobRows {
  add(
    room: string,
    verb: string,
    title: string,
    input: unknown,
    place: { lane: string | null; priority: number },
  ): Job
  prioritize(id: JobId, priority: number): void
  write(id: JobId, status: JobState): Job
  get(id: string): Job
  /** What the work was given, with what `Job.input` does not show. */
  inputOf(id: string): unknown
  /** Takes secrets out of rows of a time when they were written there. */
  hideSecrets(): void
  list(state: 'open' | 'ended' | 'all', limit: number): Job[]
  line(id: JobId, level: LogLine['level'], text: string): LogLine
  lines(id: string, after: number): LogLine[]
}

/** @param addresses keeps what was written into addresses out of the workspace */
export function jobRows(db: Database.Database, addresses: Addresses): JobRows {
  const insert = db.prepare(
    `INSERT INTO jobs (room, verb, title, input, lane, priority, state, status, queued_at)
     VALUES (@room, @verb, @title, @input, @lane, @priority, 'queued', '{"state":"queued"}', @at)`,
  )
  const update = db.prepare(
    `UPDATE jobs SET state = @state, status = @status, started_at = coalesce(started_at, @started),
       ended_at = @ended WHERE number = @number`,
  )
  const hide = db.prepare('UPDATE jobs SET input = ? WHERE number = ?')
  const rank = db.prepare('UPDATE jobs SET priority = ? WHERE number = ?')
  const one = db.prepare('SELECT * FROM jobs WHERE number = ?')
  const lists = {
    open: db.prepare("SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY number DESC LIMIT ?"),
    ended: db.prepare(
      "SELECT * FROM jobs WHERE state NOT IN ('queued', 'running') ORDER BY number DESC LIMIT ?",
    ),
    all: db.prepare('SELECT * FROM jobs ORDER BY number DESC LIMIT ?'),
  }
  const addLine = db.prepare(
    `INSERT INTO job_lines (job, sequence, at, level, text)
     VALUES (@job, (SELECT coalesce(max(sequence), 0) + 1 FROM job_lines WHERE job = @job), @at, @level, @text)
     RETURNING sequence, at, level, text`,
  )
  const readLines = db.prepare(
    'SELECT sequence, at, level, text FROM job_lines WHERE job = ? AND sequence > ? ORDER BY sequence LIMIT 10000',
  )
  const rowOf = (id: string): Row => {
    const row = one.get(numberOf(id)) as Row | undefined
    if (!row) throw fail('not-found', `There is no job ${id}.`, 'See the list of jobs for those there are.')
    return row
  }
  const get = (id: string): Job => jobOf(rowOf(id))
  return {
    add(room, verb, title, input, { lane, priority }) {
      const { lastInsertRowid } = insert.run({
        room,
        verb,
        title,
        input: addresses.keep(JSON.stringify(input ?? null)),
        lane,
        priority,
        at: now(),
      })
      return get(`job-${lastInsertRowid}`)
    },
    write(id, status) {
      const at = now()
      const open = status.state === 'queued' || status.state === 'running'
      update.run({
        number: numberOf(id),
        state: status.state,
        status: JSON.stringify(status),
        started: status.state === 'running' ? at : null,
        ended: open ? null : at,
      })
      return get(id)
    },
    prioritize: (id, priority) => void rank.run(priority, numberOf(id)),
    get,
    inputOf: id => JSON.parse(addresses.whole(rowOf(id).input)),
    hideSecrets() {
      const rows = db.prepare("SELECT number, input FROM jobs WHERE input LIKE '%://%'").all() as Row[]
      const bare = rows
        .map(({ number, input }) => ({ number, before: input, input: addresses.keep(input) }))
        .filter(({ input, before }) => input !== before)
      if (bare.length === 0) return
      // What is written over would lie on in the file otherwise.
      db.pragma('secure_delete = ON')
      db.transaction(() => {
        for (const { number, input } of bare) hide.run(input, number)
      })()
      db.pragma('wal_checkpoint(TRUNCATE)')
      db.pragma('secure_delete = OFF')
    },
    list: (state, limit) => (lists[state].all(limit) as Row[]).map(jobOf),
    line: (id, level, text) => addLine.get({ job: numberOf(id), at: now(), level, text }) as LogLine,
    lines: (id, after) => readLines.all(numberOf(id), after) as LogLine[],
  }
}

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { app, type BrowserWindow } from 'electron'

/** The least size that the page is laid out for. */
const LEAST = { width: 1120, height: 700 }
const USUAL = { width: 1440, height: 900 }

const file = () => join(app.getPath('userData'), 'window.json')

/** The size a window had when it was closed last, never below the least. */
export function lastSize(): {
  width: number
  height: number
  minWidth: number
  minHeight: number
  maximized: boolean
} {
  let kept: { width?: unknown; height?: unknown; maximized?: unknown } = {}
  try {
    kept = JSON.parse(readFileSync(file(), 'utf8')) ?? {}
  } catch {
    // None yet, or damaged: the usual size does.
  }
  const atLeast = (value: unknown, usual: number, least: number) =>
    typeof value === 'number' && Number.isFinite(value) ? Math.max(Math.round(value), least) : usual
  return {
    width: atLeast(kept.width, USUAL.width, LEAST.width),
    height: atLeast(kept.height, USUAL.height, LEAST.height),
    minWidth: LEAST.width,
    minHeight: LEAST.height,
    maximized: kept.maximized === true,
  }
}

/** Keeps the size for the next start, whole or not at all. Not being able to is no reason to stop. */
export function keepSize(window: BrowserWindow): void {
  const { width, height } = window.getNormalBounds()
  const path = file()
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.part`, JSON.stringify({ width, height, maximized: window.isMaximized() }))
    renameSync(`${path}.part`, path)
  } catch (error) {
    console.error(`The size of the window could not be kept: ${(error as Error).message}`)
  }
}

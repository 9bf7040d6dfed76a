/** Every call of the contract from a terminal. The window's "copy as command" prints exactly these. */
export { type ExitCode, type OwnCommand, runCommand, tell } from './command.ts'
export { followJob } from './follow.ts'

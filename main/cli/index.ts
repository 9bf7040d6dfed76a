/** Every call of the contract from a terminal. The window's "copy as command" prints exactly these. */
export { runCommand } from './command.ts'

/** What runs on a device: it follows a repository, takes what is signed and whole, tries it, and answers over REST. */
export { runAgent } from './command.ts'
export { rollBackHere } from './reach.ts'
export { type Agent, type AgentOptions, startAgent } from './start.ts'

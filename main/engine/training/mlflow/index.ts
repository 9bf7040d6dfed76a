/** The tracking calls of MLflow's client, answered. */
export { folderArtifacts } from './artifacts.ts'
export { type Recorded, type RunStatus, recordedIn } from './recorded.ts'
export { serveTracking } from './serve.ts'

/** The static tree of a repository, wherever it lies: reading, writing, and releases in it. */
export { bytesOf, hashOfContent, lengthOf } from './contents.ts'
export { indexBytes, listReleases, OciIndex } from './ociIndex.ts'
export { openSink, openSource } from './open.ts'
export { openManifest, readManifest } from './readManifest.ts'
export type {
  FilePatch,
  ManifestFile,
  NewRelease,
  ReleaseManifest,
  Travelling,
  TreeBlob,
  WrittenRelease,
} from './release.ts'
export type { Content, Lane, Sink, Source, Stream } from './source.ts'
export { PATCHED, writeRelease } from './writeRelease.ts'

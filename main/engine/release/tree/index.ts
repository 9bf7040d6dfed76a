/** The static tree of a repository, wherever it lies: reading, writing, and releases in it. */
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

/** Pictures that come to the device as files. */
export { openPicture } from './open.ts'

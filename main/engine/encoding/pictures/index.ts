/** How a picture becomes what a model takes: the same in training and on devices. */
export { PictureFile } from './file.ts'
export { fitPicture, type Picture, type PictureShape } from './fit.ts'

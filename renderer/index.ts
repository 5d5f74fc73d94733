/** For pages and Workers: WebCodecs over a port to a codec host. Nothing here is of Node. */
export {
  type MediaObject,
  type PackedMedia,
  type PackOptions,
  packMedia,
  unpackMedia,
} from '../app/client/media-transport.js';
export type * from '../app/client/types.js';
export { type ConnectOptions, connectCodecs, type PageCodecs, type RemoteCodecs } from './connect.js';
export { type HandedPort, requestCodecPort } from './hand-over.js';
export { type InstallableClasses, installWebCodecs } from './install.js';
export { type ImportOptions, importVideoFrame } from './platform-frame-input.js';

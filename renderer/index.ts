/** For pages and Workers: WebCodecs over a port to a codec host. Nothing here is of Node. */
export type * from '../app/client/types.js';
export { type ConnectOptions, connectCodecs, type PageCodecs, type RemoteCodecs } from './connect.js';
export { type InstallableClasses, installWebCodecs } from './install.js';

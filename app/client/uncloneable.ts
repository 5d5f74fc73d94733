/**
 * A structured clone of an object of ours would be an empty object: only a platform's own objects are serializable.
 * Where Node lets a library say so (22.10 and later), it is a DataCloneError instead; packMedia() is the way to go.
 */
interface NodeProcess {
  getBuiltinModule?(name: string): { markAsUncloneable?: (object: object) => void };
}

const { process } = globalThis as { process?: NodeProcess };

export const markAsUncloneable: (object: object) => void =
  process?.getBuiltinModule?.('node:worker_threads').markAsUncloneable ?? (() => undefined);

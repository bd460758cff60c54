export { openPool, Pool, type PoolOptions } from './pool.js';
export { PoolStream } from './pool-stream.js';

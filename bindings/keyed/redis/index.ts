/**
 * hiddenstate/keyed/redis: keyed streams on Redis 6.2 or later, or Valkey. One server, Sentinel or Cluster, through `ioredis` or
 * `redis`, whichever is installed.
 */
export type { IoredisClient, NodeRedisClient, RedisClient } from './connection.js';
export type { ReachListener } from './reach.js';
export { type RedisLog, type RedisLogOptions, redisLog } from './redis-log.js';
export { type RepartitionProgress, repartition } from './repartition.js';

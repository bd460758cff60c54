/**
 * Every change in Redis is made by one of these scripts. Redis runs a script alone, and writes it to the append-only file and to
 * replicas as one transaction. Every script is idempotent: sent a second time, it finds the work done.
 */

/** A Lua script and how it is called. */
export interface Script {
  readonly name: string;
  readonly lua: string;
}

/** Milliseconds since 1970, by Redis's clock. */
const NOW = `
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end`;

/** Whether one position comes before another. */
const BEFORE = `
local function before(a, b)
  local at, ac = string.match(a, '(%d+)-(%d+)')
  local bt, bc = string.match(b, '(%d+)-(%d+)')
  at, ac, bt, bc = tonumber(at), tonumber(ac), tonumber(bt), tonumber(bc)
  return at < bt or (at == bt and ac < bc)
end`;

/**
 * Takes a partition whose lease has run out, and raises the epoch. KEYS lease, meta, in, state, out, dead; ARGV nonce, lease in
 * ms, owner, version. A worker of a version that was replaced gets nothing.
 */
export const ACQUIRE: Script = {
  name: 'acquire',
  lua: `${BEFORE}
local left = redis.call('PTTL', KEYS[1])
if left ~= -2 then
  local most = tonumber(redis.call('HGET', KEYS[2], 'lease') or ARGV[2])
  if left > most or left == -1 then redis.call('PEXPIRE', KEYS[1], most) end
  return {'held'}
end
local kinds = {'hash', 'stream', 'hash', 'stream', 'stream'}
for i = 1, 5 do
  local kind = redis.call('TYPE', KEYS[i + 1]).ok
  if kind ~= 'none' and kind ~= kinds[i] then return {'kind', KEYS[i + 1], kind, kinds[i]} end
end
local m = redis.call('HMGET', KEYS[2], 'offset', 'version', 'past:' .. ARGV[4], 'frozen', 'begun', 'done')
if m[4] then return {'frozen'} end
if m[5] ~= m[6] then return {'torn'} end
if m[2] and m[2] ~= ARGV[4] then
  if m[3] then return {'superseded', m[2]} end
  redis.call('HSET', KEYS[2], 'past:' .. m[2], 1)
end
if redis.call('EXISTS', KEYS[3]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[3])
  for i = 1, #info, 2 do
    if info[i] == 'max-deleted-entry-id' and before(m[1] or '0-0', info[i + 1]) then
      return {'trimmed', info[i + 1], m[1] or '0-0'}
    end
  end
end
local epoch = redis.call('HINCRBY', KEYS[2], 'epoch', 1)
local token = epoch .. ':' .. ARGV[1]
redis.call('HSET', KEYS[2], 'version', ARGV[4], 'owner', ARGV[3], 'lease', ARGV[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[2])
return {'ok', token, m[1] or '0-0'}`,
};

/**
 * The commit. KEYS lease, meta, state, out, in, dead; ARGV token, from, to, lease in ms, trim to (or ''), events,
 * number of states, of deletions, of results, of dead letters, and in one argument, each item after its length in 4 bytes,
 * (id, reason) …, (key, state) …, key …, (id, key, value) ….
 * Writes first what Redis may refuse for want of memory: it refuses only the first write of a script. `begun` and `done` are
 * counted because Redis (7.0 and before, with aof-load-truncated) leaves half a transaction in a file that was cut within a
 * command, and runs that half when it reads the file the next time: then the two differ.
 */
export const COMMIT: Script = {
  name: 'commit',
  lua: `
local m = redis.call('HMGET', KEYS[2], 'offset', 'begun', 'done')
local offset = m[1] or '0-0'
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'fenced', offset} end
if m[2] ~= m[3] then return {'torn', offset} end
if offset ~= ARGV[2] then
  if offset == ARGV[3] then return {'ok', redis.call('XLEN', KEYS[4])} end
  return {'moved', offset}
end
if ARGV[2] ~= ARGV[3] and #redis.call('XRANGE', KEYS[5], ARGV[3], ARGV[3]) == 0 then return {'gone', offset} end
local states, gone, results, dead = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
redis.call('HINCRBY', KEYS[2], 'begun', 1)
redis.call('HSET', KEYS[2], 'offset', ARGV[3])
local at = 1
local function item()
  local value
  value, at = struct.unpack('>I4c0', ARGV[11], at)
  return value
end
local function some(count)
  local list = {}
  for i = 1, count do list[i] = item() end
  return unpack(list)
end
for i = 1, dead do
  local id = item()
  local fields = {'i', id, 'r', item()}
  local found = redis.call('XRANGE', KEYS[5], id, id)
  if found[1] and #found[1][2] <= 1000 then
    for j = 1, #found[1][2] do fields[#fields + 1] = found[1][2][j] end
  end
  redis.call('XADD', KEYS[6], '*', unpack(fields))
end
for i = 1, states, 1000 do redis.call('HSET', KEYS[3], some(2 * math.min(1000, states - i + 1))) end
for i = 1, gone, 1000 do redis.call('HDEL', KEYS[3], some(math.min(1000, gone - i + 1))) end
for i = 1, results do
  local id, key = item(), item()
  redis.call('XADD', KEYS[4], '*', 'i', id, 'k', key, 'v', item())
end
redis.call('HINCRBY', KEYS[2], 'events', ARGV[6])
if results > 0 then redis.call('HINCRBY', KEYS[2], 'results', results) end
if ARGV[5] ~= '' then redis.call('XTRIM', KEYS[5], 'MINID', '~', ARGV[5]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('HINCRBY', KEYS[2], 'done', 1)
return {'ok', redis.call('XLEN', KEYS[4])}`,
};

/** Prolongs a lease. KEYS lease, meta; ARGV token, lease in ms. */
export const RENEW: Script = {
  name: 'renew',
  lua: `
local offset = redis.call('HGET', KEYS[2], 'offset') or '0-0'
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'fenced', offset} end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'ok', offset}`,
};

/** Gives a partition back. KEYS lease; ARGV token. */
export const RELEASE: Script = {
  name: 'release',
  lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
};

/** Says that a worker lives. KEYS workers; ARGV worker, whose name ends with how long it may be silent in ms. A clock set back is told as in `acquire`. */
export const HEARTBEAT: Script = {
  name: 'heartbeat',
  lua: `${NOW}
local at = now()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', at)
local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  local most = at + tonumber(string.match(all[i], '%d+$') or '0')
  if tonumber(all[i + 1]) > most then redis.call('ZADD', KEYS[1], most, all[i]) end
end
redis.call('ZADD', KEYS[1], at + tonumber(string.match(ARGV[1], '%d+$')), ARGV[1])
return 1`,
};

/** Who works and what they own. KEYS workers, owners, config. Writes nothing. */
export const LOOK: Script = {
  name: 'look',
  lua: `${NOW}
return {
  redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now(), '+inf'),
  redis.call('HGETALL', KEYS[2]),
  redis.call('HMGET', KEYS[3], 'generation', 'partitions'),
}`,
};

/**
 * Appends events of one producer. KEYS in, meta, seen; ARGV producer, the last sequence that was acknowledged to it, the most
 * that may wait, how long the sequence is remembered in ms (0: for good), then (sequence, key, value) …. What was appended
 * before is left out.
 */
export const APPEND: Script = {
  name: 'append',
  lua: `
local last
if ARGV[4] == '0' then last = redis.call('HGET', KEYS[3], ARGV[1]) else last = redis.call('GET', KEYS[3]) end
last = tonumber(last or '0')
if last < tonumber(ARGV[2]) then return {'lost', string.format('%.0f', last)} end
local m = redis.call('HMGET', KEYS[2], 'sealed', 'added', 'events')
if m[1] then return {'sealed'} end
if tonumber(m[2] or '0') - tonumber(m[3] or '0') >= tonumber(ARGV[3]) then return {'full'} end
local added = 0
for at = 5, #ARGV, 3 do
  if tonumber(ARGV[at]) > last then
    if added == 0 then redis.call('HINCRBY', KEYS[2], 'begun', 1) end
    redis.call('XADD', KEYS[1], '*', 'k', ARGV[at + 1], 'v', ARGV[at + 2])
    last = tonumber(ARGV[at])
    added = added + 1
  end
end
if added > 0 then
  local text = string.format('%.0f', last)
  redis.call('HINCRBY', KEYS[2], 'added', added)
  if ARGV[4] == '0' then redis.call('HSET', KEYS[3], ARGV[1], text) else redis.call('SET', KEYS[3], text, 'PX', ARGV[4]) end
  redis.call('HINCRBY', KEYS[2], 'done', 1)
end
return {'ok', added}`,
};

/** Removes results that every group has acknowledged. KEYS out. */
export const TRIM_RESULTS: Script = {
  name: 'trim-results',
  lua: `${BEFORE}
local first
for _, fields in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #fields, 2 do group[fields[i]] = fields[i + 1] end
  local id = group['last-delivered-id']
  if group['pending'] > 0 then id = redis.call('XPENDING', KEYS[1], group['name'])[2] end
  if not first or before(id, first) then first = id end
end
if not first or first == '0-0' then return 0 end
return redis.call('XTRIM', KEYS[1], 'MINID', first)`,
};

/** Closes a partition for good once every event is taken. KEYS lease, meta, in. */
export const FREEZE: Script = {
  name: 'freeze',
  lua: `${BEFORE}
local offset = redis.call('HGET', KEYS[2], 'offset') or '0-0'
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
if last and before(offset, last[1]) then return 0 end
redis.call('HSET', KEYS[2], 'frozen', 1)
redis.call('DEL', KEYS[1])
return 1`,
};

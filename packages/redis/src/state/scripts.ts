import { createHash } from 'node:crypto';

/**
 * What Redis does in one step, of one owner's state. Two things can happen to every script, and it is prepared for both:
 * its sender was replaced meanwhile (then it changes nothing and answers `fenced`), and it comes a second time, at once or
 * much later: its answer was lost, or a connection that was given up still delivers it (then what it asks for is done
 * already, and it answers `done`).
 *
 * All have the keys meta, entries, stage. Fields of meta: `owner` (token of the claim), `epoch` (number of claims),
 * `sequence` (number of the claim's last checkpoint), `positions`, `meta`, `size` (entries), `name`; `staged` (checkpoint
 * whose changes lie in the stage) and `pending` (set where that one counts already).
 */
export interface Script {
  readonly name: string;
  readonly text: string;
  readonly sha: string;
}

/** Longer argument lists do not fit Lua's stack; even, so that a key and its value stay together. */
const EACH = 2000;

/** Calls a command with arguments `from` to `to`, in several calls where these are many. */
const CALL_EACH = `
local function call(command, key, from, to)
  for first = from, to, ${String(EACH)} do
    redis.call(command, key, unpack(ARGV, first, math.min(first + ${String(EACH - 1)}, to)))
  end
end`;

/** ARGV: token, checkpoint, the last one whose answer is known. A server that went back lacks that one. */
const FENCE = `
local found = redis.call('HMGET', KEYS[1], 'owner', 'sequence', 'staged', 'pending')
if not found[1] then return 'gone' end
if found[1] ~= ARGV[1] then return 'fenced' end
local sequence, checkpoint = tonumber(found[2]), tonumber(ARGV[2])
if sequence >= checkpoint then return 'done' end
if sequence < tonumber(ARGV[3]) then return 'back' end`;

function script(name: string, text: string): Script {
  const whole = `-- millrace state: ${name}\n${text.trim()}\n`;
  return { name, text: whole, sha: createHash('sha1').update(whole).digest('hex') };
}

/** ARGV: token, name, the epoch before. Answers nil where another claim came first, else where the state stands. */
export const CLAIM = script(
  'claim',
  `
local found = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
if found[1] ~= ARGV[1] then
  if (found[2] or '0') ~= ARGV[3] then return false end
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'name', ARGV[2], 'sequence', '0')
  redis.call('HINCRBY', KEYS[1], 'epoch', 1)
end
if redis.call('HEXISTS', KEYS[1], 'pending') == 0 then
  redis.call('UNLINK', KEYS[3])
  redis.call('HDEL', KEYS[1], 'staged')
end
return redis.call('HMGET', KEYS[1], 'positions', 'meta', 'pending')`,
);

/** ARGV: as FENCE; positions, meta, number of put entries, then key and value of each, then deleted keys. */
export const WRITE = script(
  'write',
  `${FENCE}
if found[4] then return 'lost' end
${CALL_EACH}
local deleted = 7 + 2 * tonumber(ARGV[6])
call('HDEL', KEYS[2], deleted, #ARGV)
call('HSET', KEYS[2], 7, deleted - 1)
redis.call('HSET', KEYS[1], 'sequence', ARGV[2], 'positions', ARGV[4], 'meta', ARGV[5], 'size', redis.call('HLEN', KEYS[2]))
return 'done'`,
);

/** ARGV: as FENCE; length of the stage before, then elements: each key followed by its change. */
export const STAGE = script(
  'stage',
  `${FENCE}
if found[4] then return 'lost' end
local staged = tonumber(found[3] or '0')
if staged > checkpoint then return 'done' end
if staged < checkpoint then
  redis.call('UNLINK', KEYS[3])
  redis.call('HSET', KEYS[1], 'staged', ARGV[2])
end
${CALL_EACH}
local length = redis.call('LLEN', KEYS[3])
if length > tonumber(ARGV[4]) then return 'done' end
if length < tonumber(ARGV[4]) then return 'lost' end
call('RPUSH', KEYS[3], 5, #ARGV)
return 'done'`,
);

/** ARGV: as FENCE; positions, meta, length of the stage. From here on the staged changes count. */
export const COMMIT = script(
  'commit',
  `${FENCE}
if found[3] ~= ARGV[2] or redis.call('LLEN', KEYS[3]) ~= tonumber(ARGV[6]) then return 'lost' end
redis.call('HSET', KEYS[1], 'sequence', ARGV[2], 'positions', ARGV[4], 'meta', ARGV[5], 'pending', '1')
return 'done'`,
);

/** ARGV: token, entries at most, bytes at most. Moves staged changes that count into the entries; answers `more`. */
export const MOVE = script(
  'move',
  `
local found = redis.call('HMGET', KEYS[1], 'owner', 'pending')
if not found[1] then return 'gone' end
if found[1] ~= ARGV[1] then return 'fenced' end
if not found[2] then return 'done' end
local entries, bytes = 0, 0
while entries < tonumber(ARGV[2]) and bytes < tonumber(ARGV[3]) do
  local key = redis.call('LPOP', KEYS[3])
  if not key then
    redis.call('HDEL', KEYS[1], 'pending', 'staged')
    redis.call('HSET', KEYS[1], 'size', redis.call('HLEN', KEYS[2]))
    return 'done'
  end
  local change = redis.call('LPOP', KEYS[3])
  if string.byte(change) == 80 then
    redis.call('HSET', KEYS[2], key, string.sub(change, 2))
  else
    redis.call('HDEL', KEYS[2], key)
  end
  entries = entries + 1
  bytes = bytes + #key + #change
end
return 'more'`,
);

// What Redis does at once. A log is a stream whose ids are 1-0, 2-0 and so on, behind an entry 0-1 that says nothing; the fields of an entry stand at places that are always the
// same. Its epoch is over when the stream is gone, and when the server is another process than the one that wrote it: a Redis that was
// started anew, or a replica that took over, may lack the last entries.

const ENTRY = `
local function entry(found)
  local of = found and found[1]
  if not of then return nil end
  local fields = of[2]
  return {
    offset = tonumber(string.match(of[1], '^%d+')), epoch = fields[2], run = fields[4], time = tonumber(fields[6]),
    sum = tonumber(fields[8]), said = fields[14],
  }
end
local function add(key, offset, epoch, run, now, sum, sender, number, said)
  redis.call('XADD', key, offset == 0 and '0-1' or string.format('%.0f-0', offset), 'epoch', epoch, 'run', run, 'time', string.format('%.0f', now),
    'sum', string.format('%.0f', sum), 'sender', sender, 'number', number, 'said', said)
end
local function last(key, run)
  local found = entry(redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1))
  if found and found.run == run then return found end
  redis.call('DEL', key)
end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local key = KEYS[1]
`;

/**
 * Appends and publishes. One that may have been appended before is looked for; where it can't be known whether it was, it is not appended.
 * Returns 1, or 0 for that. An entry that is too large by itself is kept without its text.
 */
export const APPEND: string = `${ENTRY}
local channel, fresh, run, sender, number, resent, epoch, after, said, expire, messages, ms, size = unpack(ARGV)
local before = last(key, run) or { offset = 0, epoch = fresh, sum = 0 }
if resent == '1' then
  for _, one in ipairs(redis.call('XREVRANGE', key, '+', '-')) do
    if one[2][10] == sender and tonumber(one[2][12]) >= tonumber(number) then return 1 end
  end
  local first = entry(redis.call('XRANGE', key, '-', '+', 'COUNT', 1))
  local known = epoch == before.epoch and tonumber(after) or 0
  if first and first.offset > known + 1 then return 0 end
end
local offset, kept, sum = before.offset + 1, '', before.sum
if #said <= tonumber(size) then
  kept = said
  sum = sum + #said
end
add(key, offset, before.epoch, run, now, sum, sender, number, kept)
for count = redis.call('XLEN', key), 2, -1 do
  local old = entry(redis.call('XRANGE', key, '-', '+', 'COUNT', 1))
  local isOver = count > tonumber(messages) or math.abs(now - old.time) > tonumber(ms) or sum - old.sum + #old.said > tonumber(size)
  if not isOver then break end
  redis.call('XTRIM', key, 'MAXLEN', count - 1)
end
redis.call('PEXPIRE', key, expire)
redis.call('PUBLISH', channel, string.format('\\2%s %.0f ', before.epoch, offset) .. said)
return 1`;

/** Returns the epoch, the last offset, whether all after an offset is there, and all of it. Begins a log where there is none. */
export const READ: string = `${ENTRY}
local fresh, run, epoch, after, expire, ms, size = unpack(ARGV)
local newest = last(key, run)
if not newest then
  add(key, 0, fresh, run, now, 0, '', '0', '')
  newest = { offset = 0, epoch = fresh }
end
redis.call('PEXPIRE', key, expire)
local here = string.format('%.0f', newest.offset)
after = tonumber(after)
if epoch ~= newest.epoch or after > newest.offset then return { newest.epoch, here, '0' } end
local result, sum = { newest.epoch, here, '1' }, 0
if after == newest.offset then return result end
local found = redis.call('XRANGE', key, string.format('%.0f-0', after + 1), '+')
if #found ~= newest.offset - after then return { newest.epoch, here, '0' } end
for _, one in ipairs(found) do
  local said = one[2][14]
  sum = sum + #said
  if said == '' or math.abs(now - tonumber(one[2][6])) > tonumber(ms) or sum > tonumber(size) then
    return { newest.epoch, here, '0' }
  end
  result[#result + 1] = said
end
return result`;

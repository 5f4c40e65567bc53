-- The queue in Redis. Every call of this script is one step that nobody sees half done.
--
-- KEYS[1]  the prefix of all keys
-- ARGV[1]  what is asked; the others are its arguments
--
-- prefix:seq                  the number given last
-- prefix:job:<id>             hash of one job
-- prefix:stream:<kind>:<rank> entries of jobs that are due, for the group "workers"; those of running jobs are pending there
-- prefix:later                waiting jobs whose time has not come, by that time
-- prefix:all, prefix:is:<state>, prefix:is:<state>:<kind>   numbers of jobs, by themselves
-- prefix:keys                 hash from a job's key to its number
-- prefix:paused               there while no job is begun
-- prefix:done                 hash from a minute since 1970 to how many jobs were done in it
-- prefix:workers, prefix:seen hash and times of workers
-- prefix:due                  channel on which the number of each job is called that comes due
local prefix = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local RANKS = 3
local MOST_LOG = 8192
local DONE_MINUTES = 60
-- The beginning of 2026, in milliseconds since 1970.
local EPOCH = 1767225600000
local minute = math.floor(now / 60000)

local function key(...)
  return prefix .. ':' .. table.concat({ ... }, ':')
end

local function job_key(id)
  return key('job', id)
end

local function get(id, ...)
  return redis.call('HMGET', job_key(id), ...)
end

local function stream_of(id)
  local kind, rank = unpack(get(id, 'kind', 'rank'))
  return key('stream', kind, rank)
end

local function move(id, state)
  local kind, before = unpack(get(id, 'kind', 'state'))
  if before then
    redis.call('ZREM', key('is', before), id)
    redis.call('ZREM', key('is', before, kind), id)
  end
  redis.call('HSET', job_key(id), 'state', state)
  redis.call('ZADD', key('is', state), id, id)
  redis.call('ZADD', key('is', state, kind), id, id)
end

local function log(id, attempt, what)
  local before = redis.call('HGET', job_key(id), 'log')
  local whole = (before and before ~= '') and (before .. '\n') or ''
  whole = whole .. 'attempt ' .. attempt .. ': ' .. what
  if #whole > MOST_LOG then
    -- Never from within a letter of several bytes.
    local from = #whole - MOST_LOG + 1
    while from <= #whole and whole:byte(from) >= 128 and whole:byte(from) < 192 do from = from + 1 end
    whole = whole:sub(from)
  end
  redis.call('HSET', job_key(id), 'log', whole)
end

-- The entry of a job leaves its stream.
local function leave(id)
  local entry = redis.call('HGET', job_key(id), 'entry')
  if entry and entry ~= '' then
    local stream = stream_of(id)
    redis.call('XACK', stream, 'workers', entry)
    redis.call('XDEL', stream, entry)
    redis.call('HSET', job_key(id), 'entry', '')
  end
  redis.call('ZREM', key('later'), id)
end

local function come_due(id)
  local stream = stream_of(id)
  if redis.call('EXISTS', stream) == 0 then
    redis.call('XGROUP', 'CREATE', stream, 'workers', '0', 'MKSTREAM')
  end
  local entry = redis.call('XADD', stream, '*', 'job', id)
  redis.call('HSET', job_key(id), 'entry', entry)
  -- Workers look by themselves as well, so a user who may not publish is no failure.
  redis.pcall('PUBLISH', key('due'), id)
end

local function wait(id, run_at)
  leave(id)
  redis.call('HSET', job_key(id), 'run_at', run_at)
  move(id, 'waiting')
  if tonumber(run_at) > now then
    redis.call('ZADD', key('later'), run_at, id)
  else
    come_due(id)
  end
end

local function over(id, state)
  leave(id)
  move(id, state)
  redis.call('HSET', job_key(id), 'finished_at', now, 'cancelling', 0)
  if state == 'done' then
    redis.call('HSET', job_key(id), 'progress', 1)
    redis.call('HINCRBY', key('done'), minute, 1)
    if redis.call('HLEN', key('done')) > 2 * DONE_MINUTES then
      for _, at in ipairs(redis.call('HKEYS', key('done'))) do
        if tonumber(at) <= minute - DONE_MINUTES then redis.call('HDEL', key('done'), at) end
      end
    end
  end
end

local function is_held(id, attempt)
  local state, attempts = unpack(get(id, 'state', 'attempts'))
  return state == 'running' and attempts == attempt
end

local function begin(id, worker)
  redis.call('HINCRBY', job_key(id), 'attempts', 1)
  redis.call('HSET', job_key(id), 'started_at', now, 'worker', worker, 'progress', 0, 'note', '')
  move(id, 'running')
  return redis.call('HGETALL', job_key(id))
end

-- Jobs of a stream whose worker was not heard of for so long are taken from it. `pauses` says how long one waits that this
-- happened to once, twice and so on; beyond that it is dead, and `too_often` is said of it.
local function take_from_silent(stream, lease, pauses, too_often)
  for _, pending in ipairs(redis.call('XPENDING', stream, 'workers', 'IDLE', lease, '-', '+', 100)) do
    local entry = redis.call('XRANGE', stream, pending[1], pending[1])[1]
    local id = entry and entry[2][2]
    local state, attempts, cancelling, worker = nil, nil, nil, nil
    if id then state, attempts, cancelling, worker = unpack(get(id, 'state', 'attempts', 'cancelling', 'worker')) end
    if state ~= 'running' then
      redis.call('XACK', stream, 'workers', pending[1])
      redis.call('XDEL', stream, pending[1])
    else
      local pause = pauses[redis.call('HINCRBY', job_key(id), 'vanished', 1)]
      local why = 'its worker (' .. worker .. ') was not heard of any more'
      if cancelling == '1' then
        log(id, attempts, why)
        over(id, 'cancelled')
      elseif not pause then
        log(id, attempts, why .. ', ' .. too_often)
        over(id, 'dead')
      else
        log(id, attempts, why)
        redis.call('HINCRBY', job_key(id), 'most', 1)
        wait(id, now + pause)
      end
    end
  end
end

local function due(stream, worker)
  while true do
    local answer = redis.call('XREADGROUP', 'GROUP', 'workers', worker, 'COUNT', 1, 'STREAMS', stream, '>')
    local entry = answer and answer[1] and answer[1][2][1]
    if not entry then return nil end
    local id = entry[2][2]
    if redis.call('HGET', job_key(id), 'state') == 'waiting' then return id end
    redis.call('XACK', stream, 'workers', entry[1])
    redis.call('XDEL', stream, entry[1])
  end
end

local asks = {}

function asks.enqueue(kind, payload, rank, most, run_at, name)
  if name ~= '' then
    local known = redis.call('HGET', key('keys'), name)
    if known then return known end
  end
  -- A Redis that was emptied must not give a number again that somebody still works on: numbers begin with the time.
  redis.call('SET', key('seq'), string.format('%.0f', now - EPOCH), 'NX')
  local id = tostring(redis.call('INCR', key('seq')))
  if name ~= '' then redis.call('HSET', key('keys'), name, id) end
  redis.call('HSET', job_key(id), 'id', id, 'kind', kind, 'payload', payload, 'rank', rank, 'most', most, 'attempts', 0,
    'created_at', now, 'progress', 0, 'note', '', 'log', '', 'cancelling', 0, 'key', name, 'entry', '')
  redis.call('ZADD', key('all'), id, id)
  wait(id, run_at == '' and now or run_at)
  return id
end

function asks.claim(worker, lease, pauses, too_often, ...)
  local each_pause = {}
  for pause in pauses:gmatch('%d+') do each_pause[#each_pause + 1] = tonumber(pause) end
  local streams = {}
  for rank = 0, RANKS - 1 do
    for _, kind in ipairs({ ... }) do
      local stream = key('stream', kind, rank)
      if redis.call('EXISTS', stream) == 1 then
        take_from_silent(stream, lease, each_pause, too_often)
      end
      streams[#streams + 1] = stream
    end
  end
  if redis.call('EXISTS', key('paused')) == 1 then return nil end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('later'), '-inf', now, 'LIMIT', 0, 100)) do
    redis.call('ZREM', key('later'), id)
    come_due(id)
  end
  for _, stream in ipairs(streams) do
    local id = redis.call('EXISTS', stream) == 1 and due(stream, worker)
    if id then return begin(id, worker) end
  end
  return nil
end

function asks.renew(id, attempt, worker, progress, note)
  if not is_held(id, attempt) then return 'lost' end
  redis.call('HSET', job_key(id), 'progress', progress, 'note', note)
  local entry = redis.call('HGET', job_key(id), 'entry')
  redis.call('XCLAIM', stream_of(id), 'workers', worker, 0, entry, 'JUSTID')
  return redis.call('HGET', job_key(id), 'cancelling') == '1' and 'cancelled' or 'held'
end

function asks.finish(id, attempt)
  if not is_held(id, attempt) then return 0 end
  over(id, 'done')
  return 1
end

function asks.fail(id, attempt, why, retry_at)
  if not is_held(id, attempt) then return 0 end
  log(id, attempt, why)
  local most, cancelling = unpack(get(id, 'most', 'cancelling'))
  if cancelling == '1' then
    over(id, 'cancelled')
  elseif retry_at == '' or tonumber(attempt) >= tonumber(most) then
    over(id, 'dead')
  else
    wait(id, retry_at)
  end
  return 1
end

function asks.give_back(id, attempt, why, run_at)
  if not is_held(id, attempt) then return 0 end
  if why ~= '' then log(id, attempt, why) end
  if redis.call('HGET', job_key(id), 'cancelling') == '1' then
    over(id, 'cancelled')
  else
    redis.call('HINCRBY', job_key(id), 'most', 1)
    wait(id, run_at == '' and now or run_at)
  end
  return 1
end

function asks.cancel(id)
  local state = redis.call('HGET', job_key(id), 'state')
  if state == 'waiting' then
    over(id, 'cancelled')
  elseif state == 'running' then
    redis.call('HSET', job_key(id), 'cancelling', 1)
  else
    return 0
  end
  return 1
end

function asks.retry(id, attempts)
  local state, before = unpack(get(id, 'state', 'attempts'))
  if state ~= 'dead' and state ~= 'cancelled' then return 0 end
  redis.call('HSET', job_key(id), 'most', before + attempts, 'vanished', 0, 'progress', 0)
  redis.call('HDEL', job_key(id), 'finished_at')
  wait(id, now)
  return 1
end

function asks.purge(state, before)
  local gone = 0
  for _, id in ipairs(redis.call('ZRANGE', key('is', state), 0, -1)) do
    local kind, finished, name = unpack(get(id, 'kind', 'finished_at', 'key'))
    if finished and tonumber(finished) < tonumber(before) then
      redis.call('DEL', job_key(id))
      redis.call('ZREM', key('all'), id)
      redis.call('ZREM', key('is', state), id)
      redis.call('ZREM', key('is', state, kind), id)
      if name ~= '' then redis.call('HDEL', key('keys'), name) end
      gone = gone + 1
    end
  end
  return gone
end

function asks.pause(paused)
  if paused == '1' then redis.call('SET', key('paused'), 1) else redis.call('DEL', key('paused')) end
  return 1
end

function asks.paused()
  return redis.call('EXISTS', key('paused'))
end

function asks.job(id)
  local job = redis.call('HGETALL', job_key(id))
  return #job > 0 and job or nil
end

function asks.list(state, kind, before, limit)
  local found = {}
  local set = key('all')
  if state ~= '' then set = kind == '' and key('is', state) or key('is', state, kind) end
  local from = before == '' and '+inf' or '(' .. before
  local at = 0
  while #found < tonumber(limit) do
    local ids = redis.call('ZREVRANGEBYSCORE', set, from, '-inf', 'LIMIT', at, 200)
    if #ids == 0 then break end
    for _, id in ipairs(ids) do
      if #found < tonumber(limit) and (state ~= '' or kind == '' or redis.call('HGET', job_key(id), 'kind') == kind) then
        found[#found + 1] = redis.call('HGETALL', job_key(id))
      end
    end
    at = at + 200
  end
  return found
end

function asks.count(state, kind)
  return redis.call('ZCARD', key('is', state, kind))
end

function asks.oldest_due()
  local oldest = nil
  for _, id in ipairs(redis.call('ZRANGE', key('is', 'waiting'), 0, 499)) do
    local run_at = tonumber(redis.call('HGET', job_key(id), 'run_at'))
    if run_at <= now and (not oldest or run_at < oldest) then oldest = run_at end
  end
  return oldest
end

function asks.done_by_minute()
  local minutes = {}
  for at = minute - DONE_MINUTES + 1, minute do minutes[#minutes + 1] = at end
  local done = redis.call('HMGET', key('done'), unpack(minutes))
  for i = 1, DONE_MINUTES do done[i] = tonumber(done[i] or 0) end
  return done
end

function asks.beat(name, worker)
  redis.call('HSET', key('workers'), name, worker)
  redis.call('ZADD', key('seen'), now, name)
  return 1
end

function asks.workers(within)
  local gone = redis.call('ZRANGEBYSCORE', key('seen'), '-inf', '(' .. (now - within))
  for _, name in ipairs(gone) do
    redis.call('HDEL', key('workers'), name)
    redis.call('ZREM', key('seen'), name)
  end
  local found = {}
  for _, name in ipairs(redis.call('ZRANGE', key('seen'), 0, -1, 'WITHSCORES')) do found[#found + 1] = name end
  local answer = {}
  for i = 1, #found, 2 do
    answer[#answer + 1] = { redis.call('HGET', key('workers'), found[i]), found[i + 1] }
  end
  return answer
end

local arguments = {}
for i = 2, #ARGV do arguments[#arguments + 1] = ARGV[i] end
return asks[ARGV[1]](unpack(arguments))

-- wrk -s post.lua <url> -- <write key> <events in a body>
-- Events of about 300 bytes, each with an id of its own, as an SDK sends them.
local random = math.random
local format = string.format
local count = 1

local function uuid()
  return format('%08x-%04x-4%03x-%04x-%08x%04x', random(0, 0x7fffffff), random(0, 0xffff), random(0, 0xfff),
    0x8000 + random(0, 0x3fff), random(0, 0x7fffffff), random(0, 0xffff))
end

local function event()
  return format('{"event_id":"%s","event_name":"Feature %d Used","user_id":"u%d","session_id":"s%d",'
    .. '"properties":{"feature":"document_analysis","plan":"pro","pages":%d,"note":"second reading"},'
    .. '"context":{"app":{"name":"web","version":"4.2.1"},"locale":"en-GB"}}',
    uuid(), random(0, 59), random(0, 19999), random(0, 999), random(0, 89))
end

function init(args)
  math.randomseed(os.time() + tonumber(tostring({}):match('0x(%x+)'), 16) % 1000000)
  wrk.method = 'POST'
  wrk.headers['authorization'] = 'Bearer ' .. args[1]
  wrk.headers['content-type'] = 'application/json'
  count = tonumber(args[2])
end

function request()
  if count == 1 then return wrk.format(nil, nil, nil, event()) end
  local events = {}
  for i = 1, count do events[i] = event() end
  return wrk.format(nil, nil, nil, '[' .. table.concat(events, ',') .. ']')
end

function done(summary, latency)
  local errors = summary.errors
  print(format('{"requests":%d,"microseconds":%d,"failed":%d,"p50":%d,"p99":%d,"p999":%d}', summary.requests,
    summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
